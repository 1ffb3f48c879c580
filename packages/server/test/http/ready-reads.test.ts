import { Agent, request } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import type { RunningServer } from "../../src/server.ts";
import { auth, post, start } from "./dev-server.ts";

const DB_URL = "/v1/configs/production/ml-service/db-url";
const MODEL = "/v1/configs/production/ml-service/inference/model.config";

test("X2 API-09 the second read of a key is answered from ready bytes: the same body and headers", async () => {
  await using server = await start();

  const first = await read(server, DB_URL);
  const second = await read(server, DB_URL);

  expect(first.headers.get("cache-status")).toBe("l1; fwd=miss; stored");
  expect(second.headers.get("cache-status")).toMatch(/^l1; hit; ttl=\d+$/);
  expect(second.body).toBe(first.body);
  for (const name of ["etag", "content-type", "vary", "content-location", "config-revision"]) {
    expect([name, second.headers.get(name)]).toEqual([name, first.headers.get(name)]);
  }
  expect(second.headers.get("x-request-id")).toMatch(/^req_[0-9A-HJKMNP-TV-Z]{26}$/);
  expect(second.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
  expect(second.headers.get("traceparent")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test("LAW-02 a write is seen by the next read, also through a layer above", async () => {
  await using server = await start();
  await warm(server, DB_URL, MODEL);

  await write(server, DB_URL, { value: "postgres://new" });
  await write(server, "/v1/configs/base/ml-service/inference/model.config", {
    value: { extra: 1 },
  });

  const [url, model] = [await read(server, DB_URL), await read(server, MODEL)];
  expect(url.body).toContain("postgres://new");
  expect(model.body).toContain('"extra":1');
  expect(model.headers.get("config-revision")).toBe("4");
});

test("LAW-01 what is kept says the revision of now, though another key was written", async () => {
  await using server = await start();
  await warm(server, DB_URL);

  await write(server, "/v1/configs/development/other/key", { value: 1 });
  const kept = await read(server, DB_URL);

  expect(kept.headers.get("cache-status")).toMatch(/^l1; hit/);
  expect(kept.headers.get("config-revision")).toBe("3");
});

test("API-14 nobody is given what was kept for others: no credential, a wrong one, fewer rights", async () => {
  await using server = await start();
  await warm(server, DB_URL);
  const { token } = await mint(server, { role: "viewer", scope: "development/**" });

  await read(server, DB_URL, { authorization: `Bearer ${token}` }); // from now on it is remembered

  const statuses = [
    (await read(server, DB_URL, {})).status,
    (await read(server, DB_URL, { authorization: `Bearer ${server.devToken}x` })).status,
    (await read(server, DB_URL, { authorization: `Bearer ${token}` })).status,
  ];

  expect(statuses).toEqual([401, 401, 404]);
});

test.each([
  ["if-none-match", (etag: string) => etag, 304],
  ["if-match", (etag: string) => etag, 200],
  ["if-match", () => '"AAAAAAAAAAAAAAAA.j"', 412],
  ["accept", () => "text/plain", 200],
  ["config-min-revision", () => "99", 503],
  ["x-api-key", () => "llmcfg_sa_wrong", 401],
] as const)("a request that asks for more goes the long way: %s", async (name, value, status) => {
  await using server = await start();
  const etag = (await read(server, DB_URL)).headers.get("etag") ?? "";

  const headers = { ...auth(server), [name]: value(etag), prefer: "wait=0" };
  const answer = await read(server, DB_URL, headers);

  expect(answer.status).toBe(status);
  expect(answer.headers.get("cache-status") ?? "").not.toMatch(/^l1; hit/);
});

test("a secret that is revealed is never kept", async () => {
  await using server = await start();
  const path = "/v1/configs/production/ml-service/inference/secrets/api-key?reveal=true";

  await read(server, path);
  const again = await read(server, path);

  expect(again.headers.get("cache-control")).toBe("no-store");
  expect(again.headers.get("cache-status") ?? "").not.toMatch(/hit/);
});

test("node:http keeps the connection and the order of answers over ready bytes", async () => {
  await using server = await start();
  await warm(server, DB_URL, MODEL);
  const { port } = new URL(server.url);
  const ask = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.devToken}\r\n`;

  const text = await new Promise<string>((resolve, reject) => {
    let received = "";
    const socket = connect(Number(port), "127.0.0.1", () => {
      socket.write(`${ask(DB_URL)}\r\n${ask(MODEL)}\r\n${ask(DB_URL)}Connection: close\r\n\r\n`);
    });
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      received += chunk;
    });
    socket.on("end", () => resolve(received)).on("error", reject);
  });

  const keys = [...text.matchAll(/"key":"([^"]+)"/g)].map(([, key]) => key);
  expect(keys).toEqual(["db-url", "inference/model.config", "db-url"]);
  expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
});

test("a client that keeps one connection gets every answer on it", async () => {
  await using server = await start();
  await warm(server, DB_URL);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();

  for (let i = 0; i < 20; i++) {
    const body = await new Promise<string>((resolve, reject) => {
      const sent = request(`${server.url}${DB_URL}`, { agent, headers: auth(server) });
      sent.on("response", (answer) => {
        ports.add(answer.socket.localPort);
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        answer.on("end", () => resolve(text));
      });
      sent.on("error", reject).end();
    });
    expect(JSON.parse(body)).toMatchObject({ key: "db-url" });
  }

  agent.destroy();
  expect(ports.size).toBe(1);
});

async function read(
  server: RunningServer,
  path: string,
  headers: Record<string, string> = auth(server),
) {
  const answer = await fetch(`${server.url}${path}`, { headers: { ...PLAIN, ...headers } });
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}

/** Of `fetch`'s own headers, none makes a request special. */
const PLAIN = { accept: "*/*" };

async function warm(server: RunningServer, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await read(server, path);
    const { headers } = await read(server, path);
    expect(headers.get("cache-status")).toMatch(/^l1; hit/);
  }
}

async function write(server: RunningServer, path: string, body: object): Promise<void> {
  await post(server, `${path}?confirm=true`, body);
}

async function mint(server: RunningServer, grant: { role: string; scope: string }) {
  const made = await post(server, "/v1/tokens", { kind: "sa", name: "few", roles: [grant] });
  return made as { token: string }; // what POST /v1/tokens answers
}
