import { connect } from "node:net";
import { EventSource } from "eventsource";
import { expect, test } from "vitest";
import type { RunningServer } from "../../src/server.ts";
import { auth, post, start } from "./dev-server.ts";

const DB_URL = "/configs/prod/ml-service/db-url";
const WATCH = "/v1/watch?env=production&service=ml-service";

test("X16 STR-01 a stream has the exact bytes and headers of server-sent events", async () => {
  await using server = await start();
  await using stream = await open(server, WATCH);
  const begun = await stream.until(/^id: 2\n/m);

  await post(server, DB_URL, { value: "postgres://db2.internal/ml" });
  const all = await stream.until(/"type":"config\.changed".*\n\n/);

  const { hash } = JSON.parse(/data: (.*)/.exec(begun)?.[1] ?? "") as { hash: string };
  const at = /"at":"([^"]+)"/.exec(all)?.[1];
  const change = `{"op":"put","path":"production/ml-service/db-url","env":"production","service":"ml-service","key":"db-url","version":2,"layer":"production","hash":"HASH","sensitive":false,"restartRequired":false}`;
  expect(all.replace(/(?<="hash":")sha256:[0-9a-f]{64}(?="[^}]*sensitive)/, "HASH")).toBe(
    [
      "retry: 2000\n",
      `id: 2\nevent: message\ndata: {"type":"heartbeat","revision":2,"hash":"${hash}"}\n`,
      `id: 3\nevent: message\ndata: {"type":"config.changed","revision":3,"at":"${at}","actor":"user:dev","message":null,"changes":[${change}]}\n`,
      "",
    ].join("\n"),
  );
  expect(Object.fromEntries(stream.headers)).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    "config-revision": "2",
    "config-region": "local;role=primary;lag=0",
  });
  expect(stream.headers.get("x-request-id")).toMatch(/^req_/);
  expect(stream.headers.has("content-encoding")).toBe(false);
});

test("X16 STR-02 Last-Event-ID yields what was missed first, and wins over from", async () => {
  await using server = await start();
  await post(server, DB_URL, { value: "a" });
  await post(server, DB_URL, { value: "b" });

  const seen = [];
  for (const [last, from] of [["2"], ["3"], ["4"], [undefined, "2"], ["r4", "2"], ["99"], ["x"]]) {
    const url = from === undefined ? WATCH : `${WATCH}&from=${from}`;
    await using stream = await open(server, url, last);
    seen.push(brief(await stream.until(/heartbeat/)));
  }

  expect(seen).toEqual([
    ["3 config.changed", "4 config.changed", "4 heartbeat"],
    ["4 config.changed", "4 heartbeat"],
    ["4 heartbeat"],
    ["3 config.changed", "4 config.changed", "4 heartbeat"],
    ["4 heartbeat"],
    ["4 reset future", "4 heartbeat"],
    ["4 reset bad_cursor", "4 heartbeat"],
  ]);
});

test("the npm client eventsource follows the stream and comes back with its cursor", async () => {
  await using server = await start();
  const seen: string[] = [];
  const reached = Promise.withResolvers<void>();
  const source = new EventSource(`${server.url}${WATCH}`, {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...auth(server) } }),
  });
  source.addEventListener(
    "message",
    ({ data, lastEventId }: { readonly data: string; readonly lastEventId: string }) => {
      seen.push(`${lastEventId} ${(JSON.parse(data) as { type: string }).type}`);
      if (seen.length === 1) void post(server, DB_URL, { value: "a" });
      if (seen.length === 2) reached.resolve();
    },
  );

  await reached.promise;
  source.close();

  expect(seen).toEqual(["2 heartbeat", "3 config.changed"]);
});

test.each([
  ["a from that is no revision", `${WATCH}&from=x`, 400, "INVALID_ARGUMENT"],
  ["no environment", "/v1/watch?service=ml-service", 400, "INVALID_ARGUMENT"],
  ["a prefix without a service", "/v1/watch?env=prod&prefix=a", 400, "INVALID_ARGUMENT"],
  ["another topic", `${WATCH}&topics=audit`, 400, "INVALID_ARGUMENT"],
  ["an unknown parameter", `${WATCH}&filter=a`, 400, "INVALID_ARGUMENT"],
  ["a wildcard within the key", "/v1/watch?select=prod/a/*/b/**", 400, "INVALID_ARGUMENT"],
  ["a selector of one key", "/v1/watch?select=prod/a/b", 400, "INVALID_ARGUMENT"],
  ["an environment that does not exist", "/v1/watch?env=produktion", 404, "ENV_NOT_FOUND"],
  [
    "more than 256 selectors",
    `/v1/watch?${Array.from({ length: 257 }, (_, i) => `select=prod/s${i}/**`).join("&")}`,
    400,
    "INVALID_ARGUMENT",
  ],
])("STR-02 %s is refused before the stream begins", async (_, url, status, reason) => {
  await using server = await start();

  const answer = await fetch(server.url + url, { headers: auth(server) });

  expect(await answer.json()).toMatchObject({ status, reason });
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
});

test("a stream without a credential is 401", async () => {
  await using server = await start();

  const answer = await fetch(server.url + WATCH);

  expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
    401,
    'Bearer realm="llmcfg"',
  ]);
});

test("API-24 HEAD answers as GET does, and ends", async () => {
  await using server = await start();
  const head = (url: string) => fetch(server.url + url, { method: "HEAD", headers: auth(server) });

  const found = await head(WATCH);
  const missing = await head("/v1/watch?env=produktion");

  expect([found.status, missing.status]).toEqual([200, 404]);
  expect(found.headers.get("content-type")).toMatch(/^text\/event-stream/);
  expect(found.headers.get("cache-control")).toBe("no-store");
});

test("selectors are several namespaces of one stream, and * stands for all of them", async () => {
  await using server = await start();
  const select = ["stg/ml-service/inference/**", "*/other/**"];
  const query = select.map((text) => `select=${encodeURIComponent(text)}`).join("&");
  await using stream = await open(server, `/v1/watch?${query}`);
  await stream.until(/heartbeat/);

  await post(server, "/configs/base/ml-service/inference/timeout-seconds?confirm=true", {
    value: 9,
  });
  await post(server, "/configs/base/other/n?confirm=true", { value: 1 });
  const text = await stream.until(/^id: 4\n[^]*\n\n/m);

  const paths = [...text.matchAll(/"path":"([^"]+)"/g)].map(([, path]) => path);
  expect(paths).toEqual([
    "staging/ml-service/inference/timeout-seconds",
    "base/other/n",
    "development/other/n",
    "production/other/n",
    "staging/other/n",
  ]);
});

test("STR-10 view=raw needs no environment, include=values shows values", async () => {
  await using server = await start();
  await using stream = await open(server, "/v1/watch?view=raw&include=values");
  await stream.until(/heartbeat/);

  await post(server, DB_URL, { value: "a" });
  const text = await stream.until(/^id: 3\n[^]*\n\n/m);

  expect(text).toContain('"restartRequired":false,"value":"a"}]}');
});

test("STR-12 a server that goes tells its streams when to come back, and ends them", async () => {
  const server = await start();
  const stream = await open(server, WATCH);
  await stream.until(/heartbeat/);

  await server[Symbol.asyncDispose]();
  const text = await stream.rest();

  const [, retryAfterMs] =
    /"reason":"draining","revision":2,"retryAfterMs":(\d+)\}\n\n$/.exec(text) ?? [];
  expect(Number(retryAfterMs)).toBeLessThanOrEqual(5_000);
});

test("a server goes although a client has stopped reading", async () => {
  const server = await start();
  const { port } = new URL(server.url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(
    `GET ${WATCH}&include=values HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${server.devToken}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  for (let i = 0; i < 12; i++) await post(server, DB_URL, { value: `${i}`.padEnd(1_000_000, "x") });

  await server[Symbol.asyncDispose]();
  socket.destroy();

  expect(socket.destroyed).toBe(true);
}, 20_000);

test("a client that is gone is no stream any more", async () => {
  await using server = await start();
  const streams = async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return /^llmcfg_watch_streams\{transport="sse"\} (\d+)$/m.exec(text)?.[1];
  };
  const stream = await open(server, WATCH);
  await stream.until(/heartbeat/);

  const before = await streams();
  await stream[Symbol.asyncDispose]();
  while ((await streams()) !== "0") await new Promise((resolve) => setImmediate(resolve));

  expect(before).toBe("1");
});

interface OpenStream extends AsyncDisposable {
  readonly headers: Headers;
  /** All text so far, once it fits. */
  until(pattern: RegExp): Promise<string>;
  /** All text, once the stream has ended. */
  rest(): Promise<string>;
}

async function open(server: RunningServer, url: string, last?: string): Promise<OpenStream> {
  const cursor = last === undefined ? {} : { "last-event-id": last };
  const gone = new AbortController();
  const headers = { ...auth(server), ...cursor };
  const answer = await fetch(server.url + url, { headers, signal: gone.signal });
  if (answer.body === null || !answer.ok) throw new Error(await answer.text());
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const more = async () => {
    const { done, value = "" } = await reader.read();
    text += value;
    return !done;
  };
  return {
    headers: answer.headers,
    async until(pattern) {
      while (!pattern.test(text)) if (!(await more())) throw new Error(`it ended: ${text}`);
      return text;
    },
    async rest() {
      while (await more());
      return text;
    },
    async [Symbol.asyncDispose]() {
      gone.abort();
    },
  };
}

/** `3 config.changed`, `4 reset future`. */
function brief(text: string): readonly string[] {
  return [...text.matchAll(/id: (\d+)\nevent: message\ndata: (.*)/g)].map(([, id, data = ""]) => {
    const { type, reason } = JSON.parse(data) as { type: string; reason?: string };
    return [id, type, reason].filter((part) => part !== undefined).join(" ");
  });
}
