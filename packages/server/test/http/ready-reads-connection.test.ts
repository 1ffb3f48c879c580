import { once } from "node:events";
import {
  Agent,
  createServer,
  get,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { builtInPolicy } from "../../src/modules/policy/built-in-policy.ts";
import type { Caller } from "../../src/modules/policy/ports.ts";
import type { ReadyAnswer } from "../../src/transport/http/ready-answer.ts";
import { ReadyReads } from "../../src/transport/http/ready-reads.ts";
import { RequestIds } from "../../src/transport/http/request-ids.ts";

const TENANT = "default";
const URL_A = "/v1/configs/production/web/a";
const START_MS = Date.parse("2026-03-01T12:00:00.250Z");
const TTL_MS = 300_000;

test("API-09 Age, ttl and Date are those of the moment, also within one second", async () => {
  await using world = await open();
  world.keep();

  const seen: unknown[] = [];
  for (const ms of [0, 999, 1_000, 1_749, 1_750, 61_000]) {
    world.nowMs = START_MS + ms;
    const { headers } = await world.read();
    seen.push([headers.age, headers["cache-status"], headers.date]);
  }

  expect(seen).toEqual([
    ["0", "l1; hit; ttl=300", "Sun, 01 Mar 2026 12:00:00 GMT"],
    ["0", "l1; hit; ttl=300", "Sun, 01 Mar 2026 12:00:01 GMT"],
    ["1", "l1; hit; ttl=299", "Sun, 01 Mar 2026 12:00:01 GMT"],
    ["1", "l1; hit; ttl=299", "Sun, 01 Mar 2026 12:00:01 GMT"],
    ["1", "l1; hit; ttl=299", "Sun, 01 Mar 2026 12:00:02 GMT"],
    ["61", "l1; hit; ttl=239", "Sun, 01 Mar 2026 12:01:01 GMT"],
  ]);
});

test("an answer is given until its time is up, on a connection that has asked before too", async () => {
  await using world = await open();
  world.keep();

  world.nowMs = START_MS + TTL_MS - 1;
  const last = await world.read();
  world.nowMs = START_MS + TTL_MS;
  const late = await world.read();

  expect([last.body, late.body]).toEqual(["value 1", "the long way"]);
  expect(world.reads.entries).toBe(0);
});

test("LAW-02 a connection that has asked before is not given what a commit has changed", async () => {
  await using world = await open();
  world.keep();
  await world.read();

  world.commit(2, "a");
  const after = await world.read();
  world.keep({ readAt: 2, body: Buffer.from("value 2") });
  const again = await world.read();

  expect([after.body, again.body]).toEqual(["the long way", "value 2"]);
  expect(again.headers["config-revision"]).toBe("2");
});

test("LAW-01 a commit to another key shows at once in Config-Revision, within the same second too", async () => {
  await using world = await open();
  world.keep();
  await world.read();

  world.commit(2, "other");
  const { body, headers } = await world.read();

  expect([body, headers["config-revision"]]).toEqual(["value 1", "2"]);
});

test("a connection that asks for one key after the other gets each", async () => {
  await using world = await open();
  world.keep();
  world.keep({ url: "/v1/configs/production/web/b", body: Buffer.from("value b") });

  const bodies = [await world.read(), await world.read({ path: "/v1/configs/production/web/b" })];
  const again = await world.read();

  expect([...bodies, again].map(({ body }) => body)).toEqual(["value 1", "value b", "value 1"]);
});

test("API-14 a connection that changes its credential is given what that one may see", async () => {
  await using world = await open();
  world.keep();
  await world.read();

  const other = await world.read({ authorization: "Bearer other" });
  const first = await world.read();

  expect([other.body, first.body]).toEqual(["the long way", "value 1"]);
});

test("after a revocation nothing is given on the word of before", async () => {
  await using world = await open();
  world.keep();
  await world.read();

  world.callers.clear();
  world.reads.forgetCallers();
  const { body } = await world.read();

  expect(body).toBe("the long way");
});

test("a credential that ends is not taken from that moment on", async () => {
  await using world = await open({ expiresAtMs: START_MS + 10_000 });
  world.keep();
  await world.read();

  world.nowMs = START_MS + 9_999;
  const before = await world.read();
  world.callers.clear(); // so does whoever verifies it
  world.nowMs = START_MS + 10_000;
  const after = await world.read();

  expect([before.body, after.body]).toEqual(["value 1", "the long way"]);
});

test("each minute of use is noted, however long a connection lasts", async () => {
  await using world = await open();
  world.keep();

  for (const second of [0, 1, 59, 60, 61, 119, 120]) {
    world.nowMs = Date.parse("2026-03-01T12:01:00Z") + second * 1_000;
    await world.read();
  }

  expect(world.recalls).toBe(3);
});

test.each([
  ["text", "é – 日本 \u{1f600} \r\n"],
  ["nothing", ""],
  ["more than is sent as text", "ä".repeat(40_000)],
])("the bytes of the body arrive as they were kept: %s", async (_what, text) => {
  await using world = await open();
  world.keep({ body: Buffer.from(text) });

  const [first, second] = [await world.read(), await world.read()];

  expect([first.body, second.body]).toEqual([text, text]);
  expect(first.headers["content-length"]).toBe(String(Buffer.byteLength(text)));
});

test("what is used stays when there is no room, also where a connection remembers it", async () => {
  await using world = await open({ maxBytes: 20_000 });
  world.keep();

  for (let i = 0; i < 30; i++) {
    world.nowMs += 1_000;
    await world.read();
    world.keep({ url: `/v1/configs/production/web/other-${i}` });
  }

  expect(world.reads.evictions).toBeGreaterThan(0);
  expect((await world.read()).body).toBe("value 1");
});

interface Read {
  readonly path?: string;
  readonly authorization?: string;
}

/** The ready reads before a handler that says `the long way`, and a client of one connection. */
async function open(
  given: { readonly expiresAtMs?: number; readonly maxBytes?: number } = {},
): Promise<World> {
  const world = new World(given);
  await world.listen();
  return world;
}

class World implements AsyncDisposable {
  nowMs = START_MS;
  recalls = 0;
  readonly callers: Map<string, Caller>;
  readonly reads: ReadyReads;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #server = createServer((request, response) => {
    if (!this.reads.answer(request, response)) response.end("the long way");
  });

  constructor({ expiresAtMs, maxBytes = 1_000_000 }: Parameters<typeof open>[0] & object) {
    this.callers = new Map([
      ["Bearer web", callerOf("web", expiresAtMs)],
      ["Bearer other", callerOf("other", undefined)],
    ]);
    this.reads = new ReadyReads({
      maxBytes,
      ttlMs: TTL_MS,
      clock: { nowMs: () => this.nowMs },
      ids: new RequestIds(),
      region: "local;role=primary;lag=0",
      recall: (authorization) => {
        this.recalls++;
        return this.callers.get(authorization);
      },
      onHit: () => {},
    });
    this.reads.setHead(TENANT, 1);
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
  }

  keep(answer: Partial<ReadyAnswer> = {}): void {
    const url = answer.url ?? URL_A;
    this.reads.keep({
      url,
      tenant: TENANT,
      accessKey: "web",
      readAt: 1,
      dependencies: [{ service: "web", key: url.slice(url.lastIndexOf("/") + 1) }],
      headers: [["content-type", "application/json"]],
      body: Buffer.from("value 1"),
      ...answer,
    });
  }

  commit(revision: number, key: string): void {
    this.reads.committed(TENANT, { revision, items: [{ ref: { service: "web", key } }] });
  }

  async read({ path = URL_A, authorization = "Bearer web" }: Read = {}): Promise<{
    readonly body: string;
    readonly headers: IncomingHttpHeaders;
  }> {
    const { port } = this.#server.address() as AddressInfo; // it listens on TCP
    const sent = get({
      port,
      host: "127.0.0.1",
      path,
      agent: this.#agent,
      headers: { authorization },
    });
    const [answer] = (await once(sent, "response")) as [IncomingMessage]; // what `response` gives
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer); // no encoding is set
    return { body: Buffer.concat(chunks).toString(), headers: answer.headers };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

/** Whoever holds rights of that name. */
function callerOf(accessKey: string, expiresAtMs: number | undefined): Caller {
  const [requestId, traceId] = [undefined, undefined];
  return {
    tenant: TENANT,
    actor: { principal: "sa:web", via: "token", credential: "tok_1", requestId, traceId },
    access: { ...builtInPolicy.createAccess([]), key: accessKey },
    expiresAtMs,
  };
}
