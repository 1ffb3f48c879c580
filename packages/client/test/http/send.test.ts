import { inspect } from "node:util";
import { createClient, problemOf } from "@llmcfg/client";
import { expect, test } from "vitest";
import { sendJson, sendProblem, serve } from "../support/serve.ts";

const TOKEN = "llmcfg_sa_s3cr3t";
const REF = { env: "production", service: "ml-service", key: "db-url" };

test("every request carries the credential, the tenant and who sends it", async () => {
  await using served = await serve((_request, response) => sendJson(response, 200, {}));
  const client = createClient({ addr: served.url, token: TOKEN, tenant: "acme" });

  await client.getMe();

  expect(served.requests[0]?.headers).toMatchObject({
    authorization: `Bearer ${TOKEN}`,
    "config-tenant": "acme",
    accept: "application/json",
    "user-agent": "llmcfg-client/0.1.0",
  });
});

test("an address nobody listens on is named, the token is not", async () => {
  const { url } = await closedServer();

  const error: unknown = await createClient({ addr: url, token: TOKEN })
    .getMe()
    .catch((e: unknown) => e);

  expect(error).toMatchObject({
    reason: "OFFLINE_MISS",
    kind: "unavailable",
    message: `cannot reach ${url}: connection refused`,
  });
  expect(inspect(error, { depth: 10 })).not.toContain("s3cr3t");
});

test("a token that no header can carry is refused without being quoted", () => {
  const token = "s3cr3t\nX: y";

  const create = () => createClient({ addr: "http://127.0.0.1:7420", token });

  expect(create).toThrow(expect.objectContaining({ reason: "INVALID_ARGUMENT" }));
  expect(create).not.toThrow(/s3cr3t/);
});

test("a redirect is not followed, so the credential goes to no other origin", async () => {
  await using thief = await serve((_request, response) => sendJson(response, 200, {}));
  await using served = await serve((_request, response) => {
    response.writeHead(307, { location: `${thief.url}/v1/me` }).end();
  });

  const answer = createClient({ addr: served.url, token: TOKEN }).getMe();

  await expect(answer).rejects.toMatchObject({ reason: "INTERNAL" });
  expect(thief.requests).toEqual([]);
});

test("a GET whose connection breaks is sent again", async () => {
  await using served = await serve((_request, response) => {
    if (served.requests.length < 3) response.destroy();
    else sendJson(response, 200, { principal: "user:dev" });
  });

  const { body } = await createClient({ addr: served.url }).getMe();

  expect(body).toEqual({ principal: "user:dev" });
  expect(served.requests).toHaveLength(3);
});

test("a GET whose answer breaks off in the middle is sent again", async () => {
  await using served = await serve((_request, response) => {
    if (served.requests.length > 1) return sendJson(response, 200, { principal: "user:dev" });
    response.writeHead(200, { "content-length": 100 });
    response.write('{"principal":', () => response.destroy());
  });

  const { body } = await createClient({ addr: served.url }).getMe();

  expect(body).toEqual({ principal: "user:dev" });
});

test("a GET that breaks each time gives up after three attempts", async () => {
  await using served = await serve((_request, response) => void response.destroy());

  const answer = createClient({ addr: served.url }).getMe();

  await expect(answer).rejects.toMatchObject({ reason: "OFFLINE_MISS" });
  expect(served.requests).toHaveLength(3);
});

test("a 503 is waited out where its Retry-After ends before the deadline", async () => {
  await using served = await serve((_request, response) => {
    if (served.requests.length > 1) return sendJson(response, 200, { principal: "user:dev" });
    sendProblem(response, { status: 503, reason: "DRAINING", retryAfter: 0 });
  });

  const { body } = await createClient({ addr: served.url }).getMe();

  expect(body).toEqual({ principal: "user:dev" });
});

test("a 503 whose Retry-After ends later is the answer, at once", async () => {
  await using served = await serve((_request, response) =>
    sendProblem(response, { status: 503, reason: "SEALED", retryAfter: 60 }),
  );

  const answer = createClient({ addr: served.url }).getMe();

  await expect(answer).rejects.toMatchObject({ reason: "SEALED", details: { retryAfter: 60 } });
  expect(served.requests).toHaveLength(1);
});

test("API-04 a POST is sent again under the same idempotency key", async () => {
  await using served = await serve((_request, response) => {
    if (served.requests.length === 1) response.destroy();
    else sendJson(response, 201, {});
  });

  await createClient({ addr: served.url }).postConfig(REF, { value: 1 });

  const keys = served.requests.map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^"[0-9a-f-]{36}"$/);
  expect(keys[1]).toBe(keys[0]);
});

test("another POST has another idempotency key", async () => {
  await using served = await serve((_request, response) => sendJson(response, 201, {}));
  const client = createClient({ addr: served.url });

  await client.postConfig(REF, { value: 1 });
  await client.postConfig(REF, { value: 1 });

  const keys = served.requests.map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(2);
});

test.each(["putConfig", "deleteConfig", "createToken"] as const)(
  "%s is not sent again: it might have been done",
  async (method) => {
    await using served = await serve((_request, response) => void response.destroy());
    const client = createClient({ addr: served.url });
    const calls = {
      putConfig: () => client.putConfig(REF, { value: 1 }),
      deleteConfig: () => client.deleteConfig(REF),
      createToken: () => client.createToken({ kind: "sa", name: "x", roles: [] }),
    };

    await expect(calls[method]()).rejects.toMatchObject({ reason: "OFFLINE_MISS" });

    expect(served.requests).toHaveLength(1);
  },
);

test("a server that does not answer is given up on at the deadline", async () => {
  await using served = await serve(() => {});

  const answer = createClient({ addr: served.url, timeoutMs: 50 }).getMe();

  await expect(answer).rejects.toMatchObject({
    reason: "DEADLINE_EXCEEDED",
    message: `${served.url} did not answer within 50 ms`,
  });
});

test("a caller who does not want to wait any more is let go with their reason", async () => {
  await using served = await serve(() => waiting.abort(new Error("no more")));
  const waiting = new AbortController();

  const answer = createClient({ addr: served.url }).getMe({ signal: waiting.signal });

  await expect(answer).rejects.toThrow("no more");
});

test("a refusal keeps its problem document", async () => {
  await using served = await serve((_request, response) =>
    sendProblem(response, { status: 404, reason: "KEY_NOT_FOUND", suggestions: ["a"] }),
  );

  const error: unknown = await createClient({ addr: served.url })
    .getConfig(REF)
    .catch((e: unknown) => e);

  expect(error).toMatchObject({ reason: "KEY_NOT_FOUND", details: { suggestions: ["a"] } });
  expect(problemOf(error)).toMatchObject({ status: 404, detail: "KEY_NOT_FOUND it is" });
});

test("an answer that is no JSON is not taken for one of ours", async () => {
  await using served = await serve((_request, response) => void response.end("<html>"));

  const answer = createClient({ addr: served.url }).getMe();

  await expect(answer).rejects.toMatchObject({ reason: "INTERNAL" });
});

test("what the caller puts in wrong is their mistake, not the network's", async () => {
  const client = createClient({ addr: "http://127.0.0.1:7420" });

  const answer = client.putConfig(REF, { value: 1 }, { ifMatch: "a\nb" });

  await expect(answer).rejects.toThrow(TypeError);
});

async function closedServer(): Promise<{ readonly url: string }> {
  await using served = await serve(() => {});
  return { url: served.url };
}
