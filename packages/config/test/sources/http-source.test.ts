import { inspect } from "node:util";
import type { HttpSourceOptions } from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { createHttpSource } from "../../src/sources/http/http-source.ts";
import type { RemoteTools } from "../../src/sources/remote/remote-tools.ts";
import { Folder } from "../support/folder.ts";
import { type Answer, HttpPeer } from "../support/http-peer.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { messageOf, readOnce, toolsOf, watchOf } from "../support/remote-tools.ts";
import { until } from "../support/until.ts";

const YAML = "name: one\nport: 8080\n";

function sourceAt(
  url: string,
  options: Partial<HttpSourceOptions> = {},
  tools: Partial<RemoteTools> = {},
) {
  const about = { id: "http:test", kind: "http", url, allowInsecure: true, ...options } as const;
  return createHttpSource(about, toolsOf(tools));
}

function giving(text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_request, response) => response.writeHead(200, headers).end(text);
}

describe("a document over HTTP", () => {
  test("LOAD-8 LOAD-12 is asked for by GET, and every leaf has URL, line and column", async () => {
    await using peer = await HttpPeer.start(giving(YAML, { etag: '"7"' }));
    await using source = sourceAt(`${peer.url}/gateway.yaml`);

    const read = await readOnce(source);

    const url = `${peer.url}/gateway.yaml`;
    expect(peer.requests[0]?.method).toBe("GET");
    expect(read).toMatchObject({ state: "ok", revision: '"7"', texts: new Map([[url, YAML]]) });
    expect(portOf(read)).toEqual({ kind: "remote", url, revision: '"7"', line: 2, column: 7 });
  });

  test.each([
    ["application/json", "/a", '{"name": "one"}', "ok"],
    ["application/vnd.example+json; charset=utf-8", "/a", "name: one", "malformed"],
    ["Application/YAML", "/a.json", "name: one", "ok"],
    ["application/toml", "/a", 'name = "one"', "ok"],
    ["text/plain", "/a.toml", 'name = "one"', "ok"],
    ["text/plain", "/a.json", "name: one", "malformed"],
    ["application/octet-stream", "/a.php", "name: one", "ok"],
    [undefined, "/a", "name: one", "ok"],
  ])(
    "LOAD-8 of type %s at %s it is read in the format that these name",
    async (type, path, text, state) => {
      const headers = type === undefined ? {} : { "content-type": type };
      await using peer = await HttpPeer.start(giving(text, headers));
      await using source = sourceAt(`${peer.url}${path}`);

      const read = await readOnce(source);

      expect(read.state).toBe(state);
    },
  );

  test.each([
    [404, "missing"],
    [410, "missing"],
    [204, "empty"],
    [206, "unreachable"],
    [304, "unreachable"],
    [401, "unreadable"],
    [403, "unreadable"],
    [500, "unreachable"],
    [503, "unreachable"],
    [203, "ok"],
  ])("LOAD-8 LOAD-17 status %i is %s", async (status, state) => {
    await using peer = await HttpPeer.start((_request, response) => {
      response.writeHead(status).end(status === 204 || status === 304 ? undefined : YAML);
    });
    await using source = sourceAt(peer.url);

    const read = await readOnce(source);

    expect(read.state).toBe(state);
  });

  test("LOAD-8 LOAD-17 asks only for what is new by its entity tag, also after it was not taken", async () => {
    await using peer = await HttpPeer.start(tagged('"1"', YAML));
    await using source = sourceAt(peer.url);
    const first = await readOnce(source);
    const unchanged = await readOnce(source, first);
    peer.answer = tagged('"2"', "name: two");

    const second = await readOnce(source, first);
    const again = await readOnce(source, first);

    expect(unchanged).toEqual({ state: "unchanged" });
    expect(again).toBe(second);
    const conditions = peer.requests.map(({ headers }) => headers["if-none-match"]);
    expect(conditions).toEqual([undefined, '"1"', '"1"', '"2"']);
  });

  test("LOAD-8 without an entity tag equal bytes are unchanged", async () => {
    await using peer = await HttpPeer.start(giving(YAML));
    await using source = sourceAt(peer.url);

    const first = await readOnce(source);

    expect(await readOnce(source, first)).toEqual({ state: "unchanged" });
  });

  test("LOAD-8 a document above the limit is refused, whether it says so or not; a large error is no document", async () => {
    await using peer = await HttpPeer.start(giving("x".repeat(101)));
    await using source = sourceAt(peer.url, { maxBytes: 100 });

    const announced = await readOnce(source);
    peer.answer = (_request, response) => {
      response.write("x".repeat(60));
      response.end("x".repeat(60));
    };
    const sent = await readOnce(source);
    peer.answer = (_request, response) => response.writeHead(500).end("x".repeat(200));
    const failed = await readOnce(source);

    expect([announced, sent].map(({ state }) => state)).toEqual(["malformed", "malformed"]);
    expect(messageOf(sent)).toContain("over 100 bytes");
    expect(failed.state).toBe("unreachable");
  });

  test("LOAD-8 the limit of the options goes before that of the loader", async () => {
    await using peer = await HttpPeer.start(giving(`name: ${"x".repeat(200)}`));
    const tools = { limits: { maxBytes: 100 } };
    await using strict = sourceAt(peer.url, {}, tools);
    await using generous = sourceAt(peer.url, { maxBytes: 1_000 }, tools);

    const states = [await readOnce(strict), await readOnce(generous)];

    expect(states.map(({ state }) => state)).toEqual(["malformed", "ok"]);
  });

  test("LOAD-8 the time-out is for the whole exchange: a body that trickles in does not prolong it", async () => {
    await using peer = await HttpPeer.start((_request, response) => {
      const timer = setInterval(() => response.write("a: 1\n"), 10);
      response.on("close", () => clearInterval(timer));
    });
    await using source = sourceAt(peer.url, { timeout: "100ms" });

    const read = await readOnce(source);

    expect(read.state).toBe("unreachable");
    expect(messageOf(read)).toContain("100 ms");
  });

  test("LOAD-8 follows redirects to the same origin alone, with its token", async () => {
    await using elsewhere = await HttpPeer.start(giving(YAML));
    await using peer = await HttpPeer.start((request, response) => {
      const location = request.url === "/away" ? elsewhere.url : "/there";
      if (request.url === "/there") response.end(YAML);
      else response.writeHead(302, { location }).end();
    });
    await using near = sourceAt(`${peer.url}/near`, { token: "t" });
    await using away = sourceAt(`${peer.url}/away`, { token: "t" });

    const states = [await readOnce(near), await readOnce(away)];

    expect(states.map(({ state }) => state)).toEqual(["ok", "unreachable"]);
    expect(peer.requests[1]?.headers.authorization).toBe("Bearer t");
    expect(elsewhere.requests).toEqual([]);
  });

  test("LOAD-8 the bearer token is read anew for each request", async () => {
    await using folder = await Folder.create();
    await using peer = await HttpPeer.start(giving(YAML));
    const path = await folder.write("token", "first\n");
    await using source = sourceAt(peer.url, { token: `\${file:${path}}` });

    await readOnce(source);
    await folder.write("token", "second\n");
    await readOnce(source);

    const sent = peer.requests.map(({ headers }) => headers.authorization);
    expect(sent).toEqual(["Bearer first", "Bearer second"]);
  });

  test("TNT-3 LOAD-8 no failure shows the token, the query or what was answered", async () => {
    const answers: Answer[] = [
      (_request, response) => response.writeHead(403).end("canary-body"),
      (_request, response) => response.end("name: [canary-body"),
      (_request, response) => response.end("x".repeat(500)),
      (_request, response) => response.destroy(),
    ];
    await using peer = await HttpPeer.start(giving(YAML));
    const options = { token: "canary-token", maxBytes: 100 };
    await using source = sourceAt(`${peer.url}/a?sig=canary-query`, options);
    const reads = [];

    for (const answer of answers) {
      peer.answer = answer;
      reads.push(await readOnce(source));
    }

    const states = reads.map(({ state }) => state);
    expect(states).toEqual(["unreadable", "malformed", "malformed", "unreachable"]);
    expect(inspect(reads, { depth: 20 })).not.toContain("canary");
  });

  test("LOAD-17 a token or an authority that cannot be read is unreachable, and says what is not there", async () => {
    await using peer = await HttpPeer.start(giving(YAML));
    await using tokenless = sourceAt(peer.url, { token: "${env:NO_SUCH_TOKEN}" });
    await using trustless = sourceAt(peer.url, { tls: { ca: "/no/such/ca.pem" } });

    const reads = [await readOnce(tokenless), await readOnce(trustless)];

    expect(reads.map(({ state }) => state)).toEqual(["unreachable", "unreachable"]);
    expect(reads.map(messageOf)).toEqual([
      "Environment variable not found: NO_SUCH_TOKEN",
      "the file /no/such/ca.pem cannot be read as text",
    ]);
  });

  test("LOAD-8 P10 is looked at every 30 seconds, a fifth sooner or later, and told of only when it changed", async () => {
    const clock = new ManualClock();
    const chances = [0, 0.999, 0.5, 0.5];
    const random = () => chances.shift() ?? 0.5;
    await using peer = await HttpPeer.start(giving(YAML));
    await using source = sourceAt(peer.url, {}, { clock, random });
    await readOnce(source);
    await using watch = await watchOf(source);
    const asked = () => peer.requests.length;
    const looked = async (count: number) => {
      await until(`${count} requests`, () => asked() === count && clock.pending === 1);
    };

    clock.advance(23_999);
    const early = asked();
    clock.advance(1);
    await looked(2);
    clock.advance(35_900);
    const middle = asked();
    clock.advance(100);
    await looked(3);
    const told = [...watch.reasons];
    peer.answer = giving("name: two");
    clock.advance(30_000);
    await looked(4);

    expect([early, middle]).toEqual([1, 2]);
    expect(told).toEqual([]);
    expect(watch.reasons).toHaveLength(1);
  });

  test("LOAD-8 PLN-1 the watch tells of what somebody else has read already, for a plan", async () => {
    const clock = new ManualClock();
    await using peer = await HttpPeer.start(giving(YAML));
    await using source = sourceAt(peer.url, {}, { clock });
    await readOnce(source);
    await using watch = await watchOf(source);

    peer.answer = giving("name: two");
    await readOnce(source);
    clock.advance(30_000);
    await until("it looked", () => peer.requests.length === 3 && clock.pending === 1);

    expect(watch.reasons).toHaveLength(1);
  });

  test("LOAD-8 the watch tells of a document that is wrong in another way than before", async () => {
    const clock = new ManualClock();
    await using peer = await HttpPeer.start(giving("name: ["));
    await using source = sourceAt(peer.url, {}, { clock });
    await readOnce(source);
    await using watch = await watchOf(source);

    peer.answer = giving("name: one\nname: two");
    clock.advance(30_000);
    await until("it looked", () => peer.requests.length === 2 && clock.pending === 1);

    expect(watch.reasons).toHaveLength(1);
  });

  test("LOAD-11 the watch tells once that it cannot be reached, and once that it can again", async () => {
    const clock = new ManualClock();
    await using peer = await HttpPeer.start(giving(YAML));
    await using source = sourceAt(peer.url, {}, { clock });
    await readOnce(source);
    await using watch = await watchOf(source);
    const next = async () => {
      const count = peer.requests.length + 1;
      clock.advance(30_000);
      await until("it looked", () => peer.requests.length === count && clock.pending === 1);
      return watch.reasons.length;
    };

    peer.answer = (_request, response) => response.writeHead(503).end();
    const away = [await next(), await next()];
    peer.answer = giving(YAML);
    const back = [await next(), await next()];

    expect([away, back]).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

function tagged(tag: string, text: string): Answer {
  return (request, response) => {
    if (request.headers["if-none-match"] === tag) response.writeHead(304).end();
    else response.writeHead(200, { etag: tag }).end(text);
  };
}

function portOf(read: Awaited<ReturnType<typeof readOnce>>) {
  if (read.state !== "ok" || read.tree.type !== "object") throw new Error("it is an object");
  return read.tree.entries.get("port")?.at;
}
