import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { expect, test } from "vitest";
import { type Handler, listen, readJson, sendJson } from "../src/json-http.ts";

const MAX_BYTES = 1_000;

const readAndSay: Handler = async (incoming, response) => {
  await readJson(incoming, MAX_BYTES);
  sendJson(response, 200, "read");
};

function send(url: string, agent: Agent, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = request(url, { method: "POST", agent }, (answer) => {
      answer.resume().once("end", () => resolve(answer));
    });
    outgoing.once("error", reject).end(body);
  });
}

test("a body that is too large is refused with 413, and the next request is answered", async () => {
  await using server = await listen(readAndSay, { port: 0 });
  using agent = new DisposableAgent({ keepAlive: true, maxSockets: 1 });

  const large = await send(server.url, agent, JSON.stringify("x".repeat(2_000_000)));
  const small = await send(server.url, agent, '"x"');

  expect([large.statusCode, small.statusCode]).toEqual([413, 200]);
});

test("closing waits for what is under way, and for nothing else", async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const server = await listen(
    async (_incoming, response) => {
      started.resolve();
      await finish.promise;
      sendJson(response, 200, "done");
    },
    { port: 0, keepAliveTimeoutMs: 60_000, shutdownTimeoutMs: 60_000 },
  );
  using agent = new DisposableAgent({ keepAlive: true });
  const answer = send(server.url, agent, "");
  await started.promise;

  const closed = server[Symbol.asyncDispose]();
  finish.resolve();

  expect((await answer).statusCode).toBe(200);
  await closed; // the connection is kept alive, and must not hold it up for a minute
});

test("an error that is not ours is told to nobody but the operator", async () => {
  const errors: unknown[] = [];
  const fault = new Error("the password is 1234");
  await using server = await listen(() => Promise.reject(fault), {
    port: 0,
    onError: (error) => errors.push(error),
  });

  const answer = await fetch(server.url);

  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain("1234");
  expect(errors).toEqual([fault]);
});

test("what fails because the client has gone is no error", async () => {
  const errors: unknown[] = [];
  const arrived = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  await using server = await listen(
    async (_incoming, response) => {
      arrived.resolve();
      await new Promise((resolve) => response.once("close", resolve));
      setImmediate(over.resolve);
      throw new Error("nobody is there");
    },
    { port: 0, onError: (error) => errors.push(error) },
  );
  const outgoing = request(server.url).once("error", () => {}); // broken off on purpose
  outgoing.end();

  await arrived.promise;
  outgoing.destroy();
  await over.promise;

  expect(errors).toEqual([]);
});

class DisposableAgent extends Agent implements Disposable {
  [Symbol.dispose](): void {
    this.destroy();
  }
}
