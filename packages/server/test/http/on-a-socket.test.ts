import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { type App, openApp } from "./open-app.ts";

const SERVICE = "/v1/configs/production/ml-service";

test("writes and reads go over a socket as they do without one", async () => {
  await using app = await openApp();
  const url = await app.fastify.listen({ port: 0, host: "127.0.0.1" });
  const headers = { authorization: "owner", "content-type": "application/json" };

  const written = await fetch(`${url}${SERVICE}/db-url`, {
    method: "POST",
    headers,
    body: '{"value":"x"}',
  });
  const read = await fetch(`${url}${SERVICE}/db-url`, { headers: { authorization: "owner" } });

  expect(written.status).toBe(201);
  expect(await read.json()).toMatchObject({ value: "x", version: 2 });
});

test.each(["a//b", "a/../b", "a/./b", "..", "a/", "a%00b", "a%2F%2Fb"])(
  "X21 API-13 the key %s is refused as it arrives",
  async (key) => {
    await using app = await openApp();

    const answer = await askRaw(app, `${SERVICE}/${key}`);

    expect(answer.split("\r\n", 1)[0]).toBe("HTTP/1.1 400 Bad Request");
    expect(answer).toContain('"reason":"INVALID_KEY"');
  },
);

test("X21 API-13 an encoded slash is a slash, an encoded percent sign is not", async () => {
  await using app = await openApp();
  await app.ask("POST", `${SERVICE}/a/b`, { body: { value: "folder" } });
  await app.ask("POST", `${SERVICE}/a%252Fb`, { body: { value: "percent" } });

  const slash = await askRaw(app, `${SERVICE}/a%2Fb`);
  const percent = await askRaw(app, `${SERVICE}/a%252Fb`);

  expect(slash).toContain('"key":"a/b","value":"folder"');
  expect(percent).toContain('"key":"a%2Fb","value":"percent"');
});

test.each(["http://example.test", "HTTPS://example.test:7420"])(
  "a request target in absolute form, %s/…, is read as its path",
  async (origin) => {
    await using app = await openApp();

    const key = await askRaw(app, `${origin}${SERVICE}/db-url`);
    const query = await askRaw(app, `${origin}${SERVICE}?key=db-url`);
    const none = await askRaw(app, `${origin}/v1/nothing`);

    expect(key).toContain('"path":"production/ml-service/db-url"');
    expect(query).toContain('"path":"production/ml-service/db-url"');
    expect(none).toMatch(/^HTTP\/1\.1 404 .*"instance":"\/v1\/nothing"/s);
  },
);

/** The whole answer to a request line that no client has made tidy. */
async function askRaw({ fastify }: App, target: string): Promise<string> {
  if (!fastify.server.listening) await fastify.listen({ port: 0, host: "127.0.0.1" });
  const address = fastify.server.address();
  if (typeof address !== "object" || address === null) throw new Error("it has no port");
  const socket = connect(address.port, address.address);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(
    `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: owner\r\nConnection: close\r\n\r\n`,
  );
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}
