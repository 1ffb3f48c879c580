import { createHash } from "node:crypto";
import type { Json } from "@llmcfg/core";
import { expect, test } from "vitest";
import type { WatchSelection, WatchStart } from "../../src/modules/watch/ports.ts";
import type { SelectionHub } from "../../src/modules/watch/selection-hub.ts";
import {
  AGENT,
  callerWith,
  drop,
  mask,
  openWatchWorld,
  put,
  type WatchWorld,
} from "./open-watch-world.ts";
import { JsonEncoder, RecordingSink } from "./recording-sink.ts";

const PATH = "production/ml-service/db-url";

test("STR-01 X16 a stream begins with a heartbeat of the current revision and goes on with changes", async () => {
  await using world = openWatchWorld();
  await world.commit(put(PATH, "one"));

  const { sink } = await watch(world, { env: "production" });
  await world.commit(put(PATH, "two"), put("production/ml-service/a", 1));
  const events = await sink.count(2);

  expect(events).toEqual([
    { type: "heartbeat", revision: 2, hash: bundleHash({ [PATH]: "one" }) },
    {
      type: "config.changed",
      revision: 3,
      at: "2026-11-22T02:20:01.114Z",
      actor: "user:ada",
      message: "r3",
      changes: [
        change("production/ml-service/a", { version: 1, value: 1 }),
        change(PATH, { version: 2, value: "two" }),
      ],
    },
  ]);
});

test("STR-02 X16 a consumer that comes back gets what it missed, then the heartbeat", async () => {
  await using world = openWatchWorld();
  for (const value of ["one", "two", "three"]) await world.commit(put(PATH, value));

  const late = await watch(world, { env: "production", start: 2 });
  const current = await watch(world, { env: "production", start: 4 });

  expect(summary(late.sink)).toEqual(["r3 put v2", "r4 put v3", "heartbeat r4"]);
  expect(summary(current.sink)).toEqual(["heartbeat r4"]);
});

test("STR-02 after a restart what was missed comes out of the store, each revision once", async () => {
  await using world = openWatchWorld();
  for (const value of ["one", "two", "three"]) await world.commit(put(PATH, value));
  const restarted = world.anotherHub();

  const first = await watch(world, { env: "production", start: 3 }, restarted);
  const second = await watch(world, { env: "production", start: 2 }, restarted);

  expect(summary(first.sink)).toEqual(["r4 put v3", "heartbeat r4"]);
  expect(summary(second.sink)).toEqual(["r3 put v2", "r4 put v3", "heartbeat r4"]);
});

test("STR-02 more than memory holds is replayed from the store, no faster than it is read", async () => {
  const limits = { recent: { maxMessages: 3, maxBytes: 10_000 } };
  await using world = openWatchWorld({ ...limits, queue: { maxMessages: 2, maxBytes: 10_000 } });
  for (let i = 2; i <= 40; i++) await world.commit(put(PATH, i));
  const sink = new RecordingSink();
  sink.stall();

  await watch(world, { env: "production", start: 2, sink });
  while (summary(sink).length < 39) {
    await new Promise((resolve) => setImmediate(resolve));
    sink.resume();
    sink.stall();
  }

  const missed = Array.from({ length: 38 }, (_, i) => `r${i + 3} put v${i + 2}`);
  expect(summary(sink)).toEqual([...missed, "heartbeat r40"]);
});

test("LAW-03 who waits for what was missed has no heartbeat of a later revision before it", async () => {
  const recent = { maxMessages: 3, maxBytes: 10_000 };
  await using world = openWatchWorld({ recent, replays: 1 });
  for (let i = 2; i <= 40; i++) await world.commit(put(PATH, i));
  const blocking = new RecordingSink();
  blocking.stall();
  await watch(world, { env: "production", start: 2, sink: blocking });
  const { sink } = await watch(world, { env: "production", start: 30 });

  for (let second = 1; second <= 30; second++) world.hub.tick(); // then the first one is given up
  await sink.count(11);

  const missed = Array.from({ length: 10 }, (_, i) => `r${i + 31} put v${i + 30}`);
  expect(blocking.isClosed).toBe(true);
  expect(summary(sink)).toEqual([...missed, "heartbeat r40"]);
});

test.each([
  ["ahead of the store", 99, "future"],
  ["no revision at all", "invalid", "bad_cursor"],
] as const)(
  "STR-02 X16 a cursor that is %s is a reset, then the stream goes on",
  async (_, start, reason) => {
    await using world = openWatchWorld();
    await world.commit(put(PATH, "one"));

    const { sink } = await watch(world, { env: "production", start });
    await world.commit(put(PATH, "two"));
    const events = await sink.count(3);

    expect(events[0]).toEqual({ type: "reset", reason, revision: 2, retryAfterMs: 0 });
    expect(summary(sink).slice(1)).toEqual(["heartbeat r2", "r3 put v2"]);
    expect(world.hub.counters.resets.get("sse")?.get(reason)).toBe(1);
  },
);

test("STR-02 a cursor that another process's commit is ahead of is no gap", async () => {
  await using world = openWatchWorld({ pollMs: 3_600_000 });
  await world.commit(put(PATH, "one"));
  await watch(world, { env: "production" });
  await world.commitUnheard(put(PATH, "two"));

  const { sink } = await watch(world, { env: "production", start: 3 });

  expect(summary(sink)).toEqual(["heartbeat r3"]);
});

test("a hint that is lost costs time and no change", async () => {
  await using world = openWatchWorld({ pollMs: 5 });
  const { sink } = await watch(world, { env: "production" });

  await world.commitUnheard(put(PATH, "one"));
  await sink.count(2);
  await world.commitUnheard(put(PATH, "two"));
  await world.commit(put(PATH, "three"));
  await sink.count(4);

  expect(summary(sink)).toEqual(["heartbeat r1", "r2 put v1", "r3 put v2", "r4 put v3"]);
});

test("STR-10 a write in base appears as a change of production, an uncovered value as a put", async () => {
  await using world = openWatchWorld();
  const { sink } = await watch(world, { env: "production" });

  await world.commit(put("base/ml-service/n", 1));
  await world.commit(put(`production/ml-service/n`, 2));
  await world.commit(put("base/ml-service/n", 3));
  await world.commit(drop("production/ml-service/n"));
  await world.commit(mask("staging/ml-service/n"));
  const events = await sink.count(5);

  expect(summary(sink)).toEqual([
    "heartbeat r1",
    "r2 put v1",
    "r3 put v1",
    "r5 put v2",
    "r6 delete v1",
  ]);
  expect(
    events.flatMap((e) => ("changes" in e ? e.changes : [])).map((c) => [c.path, c.layer]),
  ).toEqual([
    ["production/ml-service/n", "base"],
    ["production/ml-service/n", "production"],
    ["production/ml-service/n", "base"],
    ["production/ml-service/n", "staging"],
  ]);
  expect(events.at(-1)?.type).toBe("config.deleted");
});

test("STR-10 of a merged value the layer and version are those of its newest part", async () => {
  await using world = openWatchWorld();
  await world.commit(put("staging/ml-service/model", { name: "b" }));
  const { sink } = await watch(world, { env: "production" });

  await world.commit(put("base/ml-service/model", { name: "a", temperature: 1 }));
  const [heartbeat, event] = await sink.count(2);

  expect(heartbeat).toMatchObject({ revision: 2 });
  expect(event).toMatchObject({
    changes: [
      { op: "put", version: 1, layer: "base", hash: hashOf({ name: "b", temperature: 1 }) },
    ],
  });
});

test("a key whose reference leads to what was written is a change too, without being written", async () => {
  await using world = openWatchWorld();
  await world.commit(
    put("base/ml-service/url", "http://${ref:host}/${ref://shared/path:-x}"),
    put("base/ml-service/host", "a"),
  );
  const { sink } = await watch(world, { env: "production", prefix: "url" });

  await world.commit(put("staging/ml-service/host", "b"));
  await world.commit(put("base/shared/path", "p"));
  await world.commit(put("base/shared/other", "p"));
  await world.commit(put("development/ml-service/host", "c"));
  await world.commit(drop("base/shared/path"));
  const events = await sink.count(4);

  expect(summary(sink)).toEqual(["heartbeat r2", "r3 put v1", "r4 put v1", "r7 put v1"]);
  expect(events.flatMap((e) => ("changes" in e ? e.changes : [])).map(({ hash }) => hash)).toEqual([
    hashOf("http://b/x"),
    hashOf("http://b/p"),
    hashOf("http://b/x"),
  ]);
});

test("STR-10 view=raw tells of the writes of one layer, whatever they make effective", async () => {
  await using world = openWatchWorld();
  const { sink } = await watch(world, { env: "base", view: "raw" });

  await world.commit(put("base/ml-service/n", 1), put("production/ml-service/n", 2));
  await world.commit(put("base/ml-service/n", 1));
  await world.commit(put("production/ml-service/n", 1));
  await world.commit(mask("base/ml-service/n"));
  const events = await sink.count(4);

  expect(summary(sink)).toEqual(["heartbeat r1", "r2 put v1", "r3 put v2", "r5 delete v3"]);
  expect(events[1]).toMatchObject({ changes: [{ path: "base/ml-service/n", layer: "base" }] });
});

test("STR-03 values come only with include=values, and never of a sensitive key", async () => {
  await using world = openWatchWorld();
  const without = await watch(world, { env: "production" });
  const withValues = await watch(world, { env: "production", includeValues: true });

  await world.commit(put(PATH, ""), {
    path: "production/ml-service/key",
    value: "hush",
    secret: true,
  });
  const [, shown] = await withValues.sink.count(2);
  const [, hidden] = await without.sink.count(2);

  expect(shown).toMatchObject({ changes: [{ path: PATH, value: "" }, { sensitive: true }] });
  expect(hidden).toMatchObject({
    changes: [{ path: PATH, hash: hashOf("") }, { sensitive: true }],
  });
  expect(JSON.stringify(hidden)).not.toContain('"value"');
  expect(JSON.stringify([shown, hidden])).not.toContain("hush");
});

test("STR-08 a revision of more than 1,000 changes, or of more than 1 MiB, is a reset", async () => {
  await using world = openWatchWorld();
  const { sink } = await watch(world, { env: "production", includeValues: true });

  const keys = Array.from({ length: 1_001 }, (_, i) => put(`base/ml-service/k${i}`, 1));
  await world.commit(...keys);
  await world.commit(put(PATH, "x".repeat(1_048_576)));
  await world.commit(put(PATH, "x"));
  const events = await sink.count(4);

  expect(events.map(({ type }) => type)).toEqual(["heartbeat", "reset", "reset", "config.changed"]);
  expect(events[1]).toEqual({
    type: "reset",
    reason: "large_revision",
    revision: 2,
    retryAfterMs: 0,
  });
});

test("one revision is resolved and encoded once, however many subscribe", async () => {
  await using world = openWatchWorld();
  const encoder = new JsonEncoder();
  const streams = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) =>
      watch(world, { env: "production", encoder, caller: callerWith(["agent"], `tok_${i}`) }),
    ),
  );
  const encodedBefore = encoder.encoded;

  await world.commit(put(PATH, "one"));
  await Promise.all(streams.map(({ sink }) => sink.count(2)));

  expect(encoder.encoded - encodedBefore).toBe(1);
  expect(new Set(streams.map(({ sink }) => sink.messages[1]?.bytes)).size).toBe(1);
  expect(world.hub.counters.streams.get("sse")).toBe(1_000);
});

test("callers of different rights who may all read everything share their bytes", async () => {
  await using world = openWatchWorld();
  const encoder = new JsonEncoder();
  const agent = await watch(world, { env: "production", encoder });
  const viewer = await watch(world, { env: "production", encoder, caller: callerWith(["viewer"]) });

  await world.commit(put(PATH, "one"));
  await Promise.all([agent.sink.count(2), viewer.sink.count(2)]);

  expect(agent.sink.messages[1]?.bytes).toBe(viewer.sink.messages[1]?.bytes);
});

test("STR-11 a caller is told of what it may read alone, and the hash is of that", async () => {
  await using world = openWatchWorld();
  await world.commit(put("production/ml-service/a/x", 1), put("production/ml-service/b/x", 1));
  const caller = callerWith(["viewer@production/ml-service/a/**"]);
  const { sink } = await watch(world, { env: "production", caller });

  await world.commit(put("production/ml-service/b/x", 2));
  await world.commit(put("production/ml-service/a/x", 3), put("production/ml-service/b/x", 3));
  const events = await sink.count(2);
  const state = await world.hub.state(caller, production());

  const a = "production/ml-service/a/x";
  expect(events).toMatchObject([
    { type: "heartbeat", hash: bundleHash({ [a]: 1 }) },
    { revision: 4, changes: [{ path: a }] },
  ]);
  expect(state).toMatchObject({ revision: 4, hash: bundleHash({ [a]: 3 }) });
});

test("STR-09 secrets that a caller may only list are no more in its stream than in its bundle", async () => {
  await using world = openWatchWorld();
  const own = "production/ml-service/a/x";
  await world.commit(put(own, 1), {
    path: "production/ml-service/b/key",
    value: "s",
    secret: true,
  });
  const caller = callerWith(["viewer@production/ml-service/a/**", "secret-reader"]);

  const { sink } = await watch(world, { env: "production", caller });
  await world.commit({ path: "production/ml-service/b/key", value: "t", secret: true });
  await world.commit(put(own, 2));
  const events = await sink.count(2);

  expect(events).toMatchObject([
    { type: "heartbeat", hash: bundleHash({ [own]: 1 }) },
    { revision: 4, changes: [{ path: own }] },
  ]);
});

test("a reference that a caller may not follow is not followed in what it is told", async () => {
  await using world = openWatchWorld();
  await world.commit(
    put("production/ml-service/url", "http://${ref://shared/host}"),
    put("production/shared/host", "a"),
  );
  const caller = callerWith(["viewer@production/ml-service/**"]);
  const all = await watch(world, { env: "production", service: "ml-service" });
  const few = await watch(world, { env: "production", service: "ml-service", caller });

  await world.commit(put("production/shared/host", "b"));
  await world.commit(put("production/ml-service/url", "https://${ref://shared/host}"));
  await Promise.all([all.sink.count(3), few.sink.count(2)]);
  const direct = await world.deps.reader.bundle("default", production(), {
    mayFollow: ({ service }) => service === "ml-service",
  });

  const path = "production/ml-service/url";
  expect(all.sink.events).toMatchObject([
    { hash: bundleHash({ [path]: "http://a" }) },
    { revision: 3, changes: [{ hash: hashOf("http://b") }] },
    { revision: 4, changes: [{ hash: hashOf("https://b") }] },
  ]);
  expect(few.sink.events).toMatchObject([
    { type: "heartbeat", revision: 2 },
    { revision: 4, changes: [{ hash: direct.entries[0]?.hash }] },
  ]);
  expect((await world.hub.state(caller, production())).hash).toBe(
    `sha256:${createHash("sha256").update(`${path}\t${direct.entries[0]?.hash}\n`).digest("hex")}`,
  );
});

test("a change of a secret changes every key that refers to it, and shows nothing of it", async () => {
  await using world = openWatchWorld();
  await world.commit(put("base/ml-service/dsn", "pg://u:${secret:pass}@h"), {
    path: "base/ml-service/pass",
    value: "hush-1",
    secret: true,
  });
  const { sink } = await watch(world, { env: "production", includeValues: true });

  await world.commit({ path: "staging/ml-service/pass", value: "hush-2", secret: true });
  const [, event] = await sink.count(2);
  const { entries } = await world.deps.reader.bundle("default", production());

  expect(event).toMatchObject({
    changes: entries.map(({ ref, hash }) => ({ key: ref.key, hash, sensitive: true })),
  });
  expect(JSON.stringify(event)).not.toMatch(/hush|"value"/);
});

test("STR-11 within a second of losing a right, or the credential, a stream is reset and closed", async () => {
  await using world = openWatchWorld();
  const first = await watch(world, { env: "production" });
  world.callerState = "scope_changed";
  world.hub.tick();
  const firstEnd = await first.subscription.ended;
  const second = await watch(world, { env: "production" });
  world.callerState = "unauthenticated";
  await recheckSettled();
  world.hub.tick();
  const secondEnd = await second.subscription.ended;

  expect([firstEnd, secondEnd]).toEqual(["scope_changed", "unauthenticated"]);
  expect(first.sink.events.at(-1)).toMatchObject({ type: "reset", reason: "scope_changed" });
  expect(second.sink.events.at(-1)).toMatchObject({ type: "reset", reason: "unauthenticated" });
  expect([first.sink.isClosed, second.sink.isClosed]).toEqual([true, true]);
});

test("STR-11 a credential that ends takes its streams with it", async () => {
  await using world = openWatchWorld();
  const caller = { ...AGENT, expiresAtMs: world.nowMs + 1_000 };
  const { subscription } = await watch(world, { env: "production", caller });

  world.nowMs += 1_000;
  world.hub.tick();

  expect(await subscription.ended).toBe("unauthenticated");
});

test("STR-12 who is drained is told when to come back, and nobody is let in any more", async () => {
  await using world = openWatchWorld();
  const { sink, subscription } = await watch(world, { env: "production" });

  world.hub.drain();
  const refused = watch(world, { env: "production" });

  await expect(refused).rejects.toMatchObject({ reason: "DRAINING" });
  expect(await subscription.ended).toBe("draining");
  expect(sink.events.at(-1)).toMatchObject({
    type: "reset",
    reason: "draining",
    retryAfterMs: 2_500,
  });
  expect(sink.isClosed).toBe(true);
});

test("STR-01 a heartbeat comes after 30 s without events, a ping every 15 s", async () => {
  await using world = openWatchWorld();
  const { sink } = await watch(world, { env: "production" });

  const types: string[] = [];
  for (let second = 1; second <= 60; second++) {
    if (second === 20) {
      await world.commit(put(PATH, "one"));
      await sink.count(2);
    }
    const before = sink.messages.length;
    world.hub.tick();
    for (const { type } of sink.messages.slice(before)) types.push(`${second} ${type}`);
    await recheckSettled();
  }

  expect(types).toEqual(["15 ping", "30 ping", "45 ping", "49 heartbeat", "60 ping"]);
});

test("a selection that nobody watches is forgotten after a minute, and begun anew", async () => {
  let loads = 0;
  await using world = openWatchWorld({}, (deps) => ({
    ...deps,
    reader: {
      entry: (...args) => deps.reader.entry(...args),
      bundle: (...args) => {
        loads++;
        return deps.reader.bundle(...args);
      },
    },
  }));
  const { subscription } = await watch(world, { env: "production" });
  subscription[Symbol.dispose]();

  for (let second = 0; second < 60; second++) world.hub.tick();
  await watch(world, { env: "production" }).then((soon) => soon.subscription[Symbol.dispose]());
  const loadsWithin = loads;
  for (let second = 0; second < 62; second++) world.hub.tick();
  await watch(world, { env: "production" });

  expect([loadsWithin, loads]).toEqual([1, 2]);
});

test("a selection that was needed for a moment alone is kept for a minute too", async () => {
  let loads = 0;
  await using world = openWatchWorld({}, (deps) => ({
    ...deps,
    reader: {
      entry: (...args) => deps.reader.entry(...args),
      bundle: (...args) => {
        loads++;
        return deps.reader.bundle(...args);
      },
    },
  }));
  for (let second = 0; second < 100; second++) world.hub.tick();

  await watch(world, { env: "production" }).then((brief) => brief.subscription[Symbol.dispose]());
  for (let second = 0; second < 30; second++) world.hub.tick();
  await watch(world, { env: "production" });

  expect(loads).toBe(1);
});

test("above the limit what nobody watches goes first, and then nobody else is let in", async () => {
  await using world = openWatchWorld({ selections: 2 });
  const first = await watch(world, { env: "production", prefix: "a" });
  const second = await watch(world, { env: "production", prefix: "b" });

  const tooMany = watch(world, { env: "production", prefix: "c" });
  await expect(tooMany).rejects.toMatchObject({ reason: "RATE_LIMITED" });
  const same = await watch(world, { env: "production", prefix: "b" });
  first.subscription[Symbol.dispose]();
  world.hub.tick();
  const third = await watch(world, { env: "production", prefix: "c" });
  await world.commit(put("production/ml-service/b", 1), put("production/ml-service/c", 1));
  await Promise.all([second, same, third].map(({ sink }) => sink.count(2)));

  expect(summary(second.sink)).toEqual(["heartbeat r1", "r2 put v1"]);
  expect(summary(third.sink)).toEqual(["heartbeat r1", "r2 put v1"]);
});

test("several namespaces are one stream: each revision once, whole", async () => {
  await using world = openWatchWorld();
  const sink = new RecordingSink();
  const namespaces = [
    { env: "production", service: "ml-service", prefix: "a/" },
    { env: "staging", service: "ml-service", prefix: "" },
    { env: "production", service: "ml-service", prefix: "a/b/" },
  ];
  await world.hub.subscribe(
    { namespaces, view: "effective", includeValues: false },
    { caller: AGENT, start: undefined, encoder: new JsonEncoder(), sink },
  );

  await world.commit(put("base/ml-service/a/b/c", 1), put("base/ml-service/z", 1));
  const [, event] = await sink.count(2);

  expect("changes" in (event ?? {}) && event).toMatchObject({
    changes: [
      { path: "production/ml-service/a/b/c" },
      { path: "staging/ml-service/a/b/c" },
      { path: "staging/ml-service/z" },
    ],
  });
});

test("an environment that does not exist, and a prefix without a service, are refused", async () => {
  await using world = openWatchWorld();

  const missing = world.hub.state(AGENT, { ...production(), env: "produktion" });
  const homeless = world.hub.state(AGENT, { env: "production", service: undefined, prefix: "a" });
  const stranger = world.hub.state(callerWith(["viewer@staging/**"]), production());

  await expect(missing).rejects.toMatchObject({
    reason: "ENV_NOT_FOUND",
    details: { suggestions: ["production"] },
  });
  await expect(homeless).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
  await expect(stranger).rejects.toMatchObject({ reason: "POLICY_DENIED" });
});

test("a commit that cannot be taken in is tried again, and nothing is lost or sent twice", async () => {
  let isBroken = false;
  await using world = openWatchWorld({}, (deps) => ({
    ...deps,
    reader: {
      entry: async (...args) => {
        if (isBroken) throw new Error("the store is away");
        return await deps.reader.entry(...args);
      },
      bundle: (...args) => deps.reader.bundle(...args),
    },
  }));
  await world.commit(put("base/ml-service/model", { a: 1 }), put(PATH, "one"));
  const { sink } = await watch(world, { env: "production" });

  isBroken = true;
  await world.commit(put("production/ml-service/model", { b: 1 }));
  await world.commit(put(PATH, "two"));
  while (world.failures.length === 0) await new Promise((resolve) => setImmediate(resolve));
  isBroken = false;
  world.hub.tick();
  await sink.count(3);

  expect(summary(sink)).toEqual(["heartbeat r2", "r3 put v1", "r4 put v2"]);
  expect(world.failures).toMatchObject([{ message: "the store is away" }]);
});

function production(): { env: string; service: string; prefix: string } {
  return { env: "production", service: "ml-service", prefix: "" };
}

/** What a tick begins in the background is over. */
async function recheckSettled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function watch(
  world: WatchWorld,
  options: {
    readonly env: string;
    readonly service?: string;
    readonly prefix?: string;
    readonly view?: WatchSelection["view"];
    readonly includeValues?: boolean;
    readonly start?: WatchStart;
    readonly caller?: typeof AGENT;
    readonly encoder?: JsonEncoder;
    readonly sink?: RecordingSink;
  },
  hub: SelectionHub = world.hub,
) {
  const { env, service = "ml-service", prefix = "", sink = new RecordingSink() } = options;
  const { view = "effective", includeValues = false, caller = AGENT, start } = options;
  const encoder = options.encoder ?? new JsonEncoder();
  const subscription = await hub.subscribe(
    { namespaces: [{ env, service, prefix }], view, includeValues },
    { caller, start, encoder, sink },
  );
  return { sink, subscription };
}

/** `r3 put v2`, `heartbeat r3`: what matters where values do not. */
function summary(sink: RecordingSink): readonly string[] {
  return sink.events.map((event) => {
    if (!("changes" in event)) return `${event.type} r${event.revision}`;
    const changes = event.changes.map(({ op, version }) => `${op} v${version}`);
    return `r${event.revision} ${changes.join(" ")}`;
  });
}

function change(path: string, { version, value }: { version: number; value: Json }) {
  const [env, service, ...key] = path.split("/");
  const about = { version, layer: env, hash: hashOf(value), sensitive: false };
  return { op: "put", path, env, service, key: key.join("/"), ...about, restartRequired: false };
}

function bundleHash(values: Readonly<Record<string, Json>>): string {
  const hash = createHash("sha256");
  for (const [path, value] of Object.entries(values)) hash.update(`${path}\t${hashOf(value)}\n`);
  return `sha256:${hash.digest("hex")}`;
}

/** Of values whose members are in order. */
function hashOf(value: Json): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(value)).digest("hex")}`;
}
