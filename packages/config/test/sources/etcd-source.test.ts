import type { IncomingMessage, ServerResponse } from "node:http";
import { inspect } from "node:util";
import type { EtcdSourceOptions } from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { createEtcdSource } from "../../src/sources/etcd/etcd-source.ts";
import type { RemoteTools } from "../../src/sources/remote/remote-tools.ts";
import { HttpPeer } from "../support/http-peer.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { messageOf, readOnce, toolsOf, watchOf } from "../support/remote-tools.ts";
import { until } from "../support/until.ts";

function sourceAt(
  endpoints: readonly string[],
  options: Partial<Omit<EtcdSourceOptions, "key" | "prefix">> = {},
  tools: Partial<RemoteTools> = {},
) {
  const about = { id: "etcd:test", kind: "etcd", endpoints, key: "a.yaml", ...options } as const;
  return createEtcdSource(about, toolsOf(tools));
}

/** Numbers of 64 bits are texts; this one no double can hold. */
const REVISION = "9007199254740993";
const RANGE = {
  header: { revision: REVISION },
  kvs: [{ key: base64("a.yaml"), value: base64("name: one"), mod_revision: REVISION }],
};

describe("a source in etcd", () => {
  test("LOAD-9 reads linearizably, then watches from the revision after it, with signs of life", async () => {
    const bodies: unknown[] = [];
    await using peer = await gateway({
      "/v3/kv/range": (body, response) => {
        bodies.push(body);
        send(response, 200, RANGE);
      },
      "/v3/watch": (body, response) => {
        bodies.push(body);
        message(response, { header: RANGE.header, created: true });
      },
    });
    await using source = sourceAt([peer.url]);
    await readOnce(source);
    await using _watch = await watchOf(source);
    await until("it watches", () => bodies.length === 3);

    expect(bodies).toEqual([
      { key: base64("a.yaml") },
      { key: base64("a.yaml") },
      {
        create_request: {
          key: base64("a.yaml"),
          start_revision: "9007199254740994",
          progress_notify: true,
          fragment: true,
        },
      },
    ]);
  });

  test("LOAD-9 an event is told, a sign of life is not", async () => {
    let stream: ServerResponse | undefined;
    await using peer = await gateway({
      "/v3/kv/range": (_body, response) => send(response, 200, RANGE),
      "/v3/watch": (_body, response) => {
        stream = response;
        message(response, { header: RANGE.header, created: true });
      },
    });
    await using source = sourceAt([peer.url]);
    await readOnce(source);
    await using watch = await watchOf(source);
    await until("it watches", () => stream !== undefined);

    message(stream, { header: RANGE.header });
    message(stream, { header: RANGE.header, events: [{ kv: { key: base64("a.yaml") } }] });
    await until("the event is told", () => watch.reasons.length > 0);

    expect(watch.reasons).toEqual(["written"]);
  });

  test("LOAD-9 where the revision was compacted away, all is read again, and watched from there", async () => {
    const clock = new NotedClock();
    const starts: unknown[] = [];
    let range = RANGE;
    await using peer = await gateway({
      "/v3/kv/range": (_body, response) => send(response, 200, range),
      "/v3/watch": (body, response) => {
        starts.push(
          (body as { create_request: { start_revision: string } }).create_request.start_revision,
        );
        message(response, { header: RANGE.header, created: true });
        if (starts.length > 1) return;
        range = { ...RANGE, header: { revision: "9007199254741000" } };
        message(response, { header: {}, canceled: true, compact_revision: "9007199254740999" });
      },
    });
    await using source = sourceAt([peer.url], {}, { clock });
    await using _watch = await watchOf(source);

    await until("it waits before it begins anew", () => clock.waits.at(-1) === BACKOFF_MS);
    clock.advance(BACKOFF_MS);
    await until("it watches again", () => starts.length === 2);

    expect(starts).toEqual(["9007199254740994", "9007199254741001"]);
  });

  test("LOAD-9 a watch without a sign of life for 12 minutes is taken for dead: all is read and watched anew; a sign of life begins them again", async () => {
    const clock = new NotedClock();
    const streams: ServerResponse[] = [];
    let reads = 0;
    await using peer = await gateway({
      "/v3/kv/range": (_body, response) => {
        reads++;
        send(response, 200, RANGE);
      },
      "/v3/watch": (_body, response) => {
        streams.push(response);
        message(response, { header: RANGE.header, created: true });
      },
    });
    await using source = sourceAt([peer.url], {}, { clock });
    await using _watch = await watchOf(source);
    const silences = () => clock.waits.filter((ms) => ms === IDLE_MS).length;
    await until("it listens behind the first message", () => silences() === 2);
    const [first] = streams;

    clock.advance(IDLE_MS - 1);
    message(first, { header: RANGE.header }); // nothing but a sign of life
    await until("it has heard it", () => silences() === 3);
    clock.advance(IDLE_MS - 1);
    const before = { reads, watches: streams.length, isOpen: first?.destroyed === false };
    clock.advance(1);
    await until("the dead watch is closed", () => first?.destroyed === true);
    await until("it waits before it begins anew", () => clock.waits.at(-1) === BACKOFF_MS);
    clock.advance(BACKOFF_MS);
    await until("it watches again", () => streams.length === 2);

    expect(before).toEqual({ reads: 1, watches: 1, isOpen: true });
    expect(reads).toBe(2);
  });

  test("LOAD-9 the next endpoint is asked where one fails, and stays the one that is asked", async () => {
    await using failing = await HttpPeer.start((_request, response) =>
      response.writeHead(503).end(),
    );
    await using working = await gateway({
      "/v3/kv/range": (_body, response) => send(response, 200, RANGE),
    });
    await using source = sourceAt(["http://127.0.0.1:1", failing.url, working.url]);

    const states = [(await readOnce(source)).state, (await readOnce(source)).state];

    expect(states).toEqual(["ok", "ok"]);
    expect([failing.requests.length, working.requests.length]).toEqual([1, 2]);
  });

  test("LOAD-9 LOAD-17 where all endpoints fail it is unreachable, and each is named", async () => {
    await using failing = await HttpPeer.start((_request, response) =>
      response.writeHead(503).end(),
    );
    await using source = sourceAt(["http://127.0.0.1:1", failing.url]);

    const read = await readOnce(source);

    expect(read.state).toBe("unreachable");
    expect(messageOf(read)).toBe(
      `http://127.0.0.1:1 is unreachable: ECONNREFUSED; ${failing.url} answered with status 503`,
    );
  });

  test("LOAD-9 a user logs in once, and again when the session is refused, with the password as it is then", async () => {
    const seen: unknown[] = [];
    const variables: Record<string, string> = { PASSWORD: "first" };
    let session = "s1";
    await using peer = await gateway({
      "/v3/auth/authenticate": (body, response) => {
        seen.push(body);
        send(response, 200, { token: session });
      },
      "/v3/kv/range": (_body, response, request) => {
        const isKnown = request.headers.authorization === session;
        send(response, isKnown ? 200 : 401, isKnown ? RANGE : { code: 16, message: "canary" });
      },
    });
    const user = { username: "reader", password: "${env:PASSWORD}" };
    await using source = sourceAt([peer.url], user, { variable: (name) => variables[name] });

    const states = [(await readOnce(source)).state, (await readOnce(source)).state];
    session = "s2";
    variables["PASSWORD"] = "second";
    states.push((await readOnce(source)).state);

    expect(states).toEqual(["ok", "ok", "ok"]);
    expect(seen).toEqual([
      { name: "reader", password: "first" },
      { name: "reader", password: "second" },
    ]);
  });

  test("LOAD-9 LOAD-17 TNT-3 after a refused login it is unreadable, which names the user, and shows no password and no answer", async () => {
    await using peer = await gateway({
      "/v3/auth/authenticate": (_body, response) => send(response, 400, { message: "canary-body" }),
    });
    await using source = sourceAt([peer.url], { username: "reader", password: "canary-password" });

    const read = await readOnce(source);

    expect(read.state).toBe("unreadable");
    expect(messageOf(read)).toBe(
      `${peer.url} does not let the user reader in: is the password right?`,
    );
    expect(inspect(read, { depth: 20 })).not.toContain("canary");
  });

  test("LOAD-9 a token of one's own is sent as it is, read anew each time", async () => {
    const variables: Record<string, string> = { TOKEN: "one" };
    await using peer = await gateway({
      "/v3/kv/range": (_body, response) => send(response, 200, RANGE),
    });
    const tools = { variable: (name: string) => variables[name] };
    await using source = sourceAt([peer.url], { token: "${env:TOKEN}" }, tools);

    await readOnce(source);
    variables["TOKEN"] = "two";
    await readOnce(source);

    expect(peer.requests.map(({ headers }) => headers.authorization)).toEqual(["one", "two"]);
  });

  test.each([
    ["text that is no JSON", "<html>"],
    ["JSON of another shape", '{"kvs": 7}'],
  ])("LOAD-17 %s is unreachable, and is not shown", async (_name, text) => {
    await using peer = await HttpPeer.start((_request, response) => response.end(text));
    await using source = sourceAt([peer.url]);

    const read = await readOnce(source);

    expect(read.state).toBe("unreachable");
    expect(messageOf(read)).toBe(`${peer.url} does not answer as etcd does`);
  });
});

/** etcd gives a sign of life every 10 minutes. */
const IDLE_MS = 720_000;

/** Of the first wait after a watch that worked: a second, of which chance takes a tenth here. */
const BACKOFF_MS = 900;

/** Time that is moved by hand, and how long each timer was set for. */
class NotedClock extends ManualClock {
  readonly waits: number[] = [];

  override setTimeout(fn: () => void, ms: number): Disposable {
    this.waits.push(ms);
    return super.setTimeout(fn, ms);
  }
}

type Route = (body: unknown, response: ServerResponse, request: IncomingMessage) => void;

/** The JSON gateway of etcd, as far as its routes are given. */
async function gateway(routes: Readonly<Record<string, Route>>): Promise<HttpPeer> {
  return await HttpPeer.start((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => void parts.push(part));
    request.on("end", () => {
      const route = routes[request.url ?? ""];
      if (route === undefined) response.writeHead(404).end();
      else route(JSON.parse(Buffer.concat(parts).toString()), response, request);
    });
  });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function message(response: ServerResponse | undefined, result: unknown): void {
  response?.write(`${JSON.stringify({ result })}\n`);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
