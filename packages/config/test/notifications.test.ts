import type { ConfigNotification } from "@llmcfg/config";
import { expect, expectTypeOf, test } from "vitest";
import type { Gateway } from "./support/gateway-schema.ts";
import { eventsOf, manage } from "./support/manage.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { until } from "./support/until.ts";

test("NOT-1 a notification says what changed, from where to where, who asked and how", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager } = managed;
  const seen: ConfigNotification<Gateway>[] = [];
  manager.subscribe((n) => {
    seen.push(n);
  });

  await manager.set({ server: { host: "two" } }, { actor: "ada" });
  await manager.set({ server: { port: 2 } });
  await manager.rollback(1);
  await until("all of them", () => seen.length === 3);

  expect(
    seen.map(({ changeType, trigger, restartRequired, actor }) => [
      changeType,
      trigger,
      restartRequired,
      actor,
    ]),
  ).toEqual([
    ["hot_reload", "set", false, "ada"],
    ["restart_required", "set", true, undefined],
    ["rollback", "rollback", true, undefined],
  ]);
  expect(seen.map(({ from, to, skipped }) => [from.version, to.version, skipped])).toEqual([
    [1, 2, 0],
    [2, 3, 0],
    [3, 4, 0],
  ]);
  expect(seen[0]?.diff.touches("server.host")).toBe(true);
  expect(seen[0]?.timestamp).toEqual(seen[0]?.to.acceptedAt);
});

test("NOT-2 a late subscriber hears of later changes only, unless it asks for a replay", async () => {
  await using managed = await manage({});
  const { manager } = managed;
  await manager.set({ server: { host: "two" } });
  const late: number[] = [];
  const replayed: string[] = [];

  manager.subscribe(({ to }) => {
    late.push(to.version);
  });
  manager.subscribe(
    ({ from, to, diff }) => {
      replayed.push(`${from.version} ${to.version} ${diff.isEmpty}`);
    },
    { replay: true },
  );
  await manager.set({ server: { host: "three" } });
  await until("both", () => late.length === 1 && replayed.length === 2);

  expect(late).toEqual([3]);
  expect(replayed).toEqual(["2 2 true", "2 3 false"]);
});

test("NOT-3 P16 a slow subscriber ends with the final state, the whole difference and a count", async () => {
  await using managed = await manage({ server: { host: "h0" } });
  const { manager } = managed;
  const gate = Promise.withResolvers<void>();
  const seen: ConfigNotification<Gateway>[] = [];
  manager.subscribe(
    async (n) => {
      seen.push(n);
      await gate.promise;
    },
    { name: "slow" },
  );

  await manager.set({ server: { host: "h1" } });
  await until("the first", () => seen.length === 1);
  for (const host of ["h2", "h3", "h4"]) await manager.set({ server: { host } });
  gate.resolve();
  await until("the last", () => seen.length === 2);

  expect(seen[1]).toMatchObject({ from: { version: 2 }, to: { version: 5 }, skipped: 2 });
  expect(seen[1]?.diff.changes).toMatchObject([{ oldValue: "h1", newValue: "h4" }]);
  expect(manager.metrics()).toContain(
    'llmcfg_config_subscriber_skipped_total{subscriber="slow"} 2',
  );
});

test("NOT-4 P15 one that throws and one that hangs disturb nobody, are counted, and degrade health", async () => {
  const clock = new ManualClock();
  await using managed = await manage({}, { clock, subscriberTimeout: "3s" });
  const { manager } = managed;
  const healthy: number[] = [];
  const hung: number[] = [];
  const release = Promise.withResolvers<void>();
  let isFailing = true;
  manager.subscribe(
    () => {
      if (isFailing) throw new Error("defect");
    },
    { name: "thrower" },
  );
  manager.subscribe(
    async ({ to }) => {
      hung.push(to.version);
      await release.promise;
    },
    { name: "hanger" },
  );
  manager.subscribe(({ to }) => {
    healthy.push(to.version);
  });

  await manager.set({ server: { host: "a" } });
  await until("the first delivery", () => hung.length === 1 && clock.pending > 0);
  clock.advance(3_000);
  await manager.set({ server: { host: "b" } });
  await until("the second delivery", () => healthy.length === 2);
  const degraded = manager.status;
  isFailing = false;
  release.resolve();
  await manager.set({ server: { host: "c" } });
  await until("recovery", () => manager.status.health === "ok");

  expect(degraded.reasons).toEqual([
    "thrower failed or takes too long",
    "hanger failed or takes too long",
  ]);
  expect(healthy).toEqual([2, 3, 4]);
  expect(hung[0]).toBe(2);
  expect(hung.at(-1)).toBe(4);
});

test("NOT-5 select fires only when what it looks at changed, with both values", async () => {
  await using managed = await manage({
    server: { host: "one" },
    providers: [{ id: "a", weight: 1 }],
  });
  const { manager } = managed;
  const providers: string[] = [];
  const weights: unknown[] = [];
  const counts: number[] = [];
  manager.select(
    (config) => config.providers,
    (next, previous) => {
      expectTypeOf(next).toEqualTypeOf(manager.current().providers);
      providers.push(`${previous[0]?.weight} → ${next[0]?.weight}`);
    },
  );
  manager.select("providers[a].weight", (next, previous) => {
    weights.push([previous, next]);
  });
  manager.select(
    ({ providers: list }) => list.map(({ id }) => id),
    (next) => {
      counts.push(next.length);
    },
  );

  await manager.set({ server: { host: "two" } });
  await manager.set({ providers: { $merge: { a: { weight: 3 } } } });
  await manager.set({ providers: { $append: [{ id: "b" }] } });
  await until("all of them", () => providers.length === 2 && counts.length === 1);

  expect(providers).toEqual(["1 → 3", "3 → 3"]);
  expect(weights).toEqual([[1, 3]]);
  expect(counts).toEqual([2]);
});

test("NOT-5 a path that the schema does not have is refused, and the nearest one is named", async () => {
  await using managed = await manage({});
  const { manager } = managed;
  const listen = () => {};

  const refusals = [
    () => manager.select("server.prot", listen),
    () => manager.select("providers[a].wieght", listen),
    () => manager.subscribe(listen, { paths: ["version", "server.prot"] }),
    () => manager.changes({ paths: ["server.prot"] }),
    () => manager.select("server..port", listen),
  ].map((call) => refusalOf(call));
  const known = ["", "version", "providers[later].weight", "providers[7]", "extensions.any.path"];
  const accepted = known.map((path) => manager.select(path, listen));

  expect(refusals).toMatchObject([
    { code: "unknown_path", hint: "did you mean server.port?" },
    { code: "unknown_path", hint: "did you mean providers[a].weight?" },
    { code: "unknown_path", message: 'the schema has no path "server.prot"' },
    { code: "unknown_path" },
    { code: "malformed_path" },
  ]);
  expect(accepted).toHaveLength(5);
});

test("NOT-6 the iterator gives the newest, from its beginning to its end", async () => {
  await using managed = await manage({});
  const { manager } = managed;
  const ending = new AbortController();
  const versions: string[] = [];

  const reading = (async () => {
    for await (const { from, to } of manager.changes({ signal: ending.signal, replay: true })) {
      versions.push(`${from.version}-${to.version}`);
      if (to.version === 1) await manager.set({ server: { host: "a" } });
      if (to.version === 2) ending.abort();
    }
  })();
  await reading;
  await manager.set({ server: { host: "b" } });

  expect(versions).toEqual(["1-1", "1-2"]);
});

test("NOT-6 iterators end when the manager stops", async () => {
  const { manager } = await manage({});
  const iterator = manager.changes()[Symbol.asyncIterator]();
  const next = iterator.next();

  await manager.stop();

  expect(await next).toEqual({ done: true, value: undefined });
});

test("NOT-6 paths narrow a subscription, an ended one hears nothing, events tell of changes", async () => {
  await using managed = await manage({});
  const { manager } = managed;
  const seen = eventsOf(manager);
  const narrowed: number[] = [];
  const ended: number[] = [];
  manager.subscribe(
    ({ to }) => {
      narrowed.push(to.version);
    },
    { paths: ["routing"] },
  );
  const subscription = manager.subscribe(({ to }) => {
    ended.push(to.version);
  });

  await manager.set({ server: { host: "a" } });
  await until("the first", () => ended.length === 1);
  subscription.unsubscribe();
  await manager.set({ routing: { strategy: "weighted" } });
  await until("the second", () => narrowed.length === 1);

  expect(narrowed).toEqual([3]);
  expect(ended).toEqual([2]);
  expect(subscription.active).toBe(false);
  expect(seen.map(([name]) => name)).toEqual(["change", "change"]);
});

test("NOT-4 P15 NOT-6 a listener of events that throws or rejects is counted, and ends nothing", async () => {
  await using managed = await manage({});
  const { manager } = managed;
  const seen: string[] = [];
  const degraded: unknown[] = [];
  const rejects = (() => Promise.reject(new Error("it rejects"))) as () => void; // as a careless caller gives it
  manager.events.addEventListener("change", () => {
    throw new Error("it throws");
  });
  manager.events.addEventListener("change", {
    handleEvent: rejects,
  });
  manager.events.addEventListener("change", ({ type }) => seen.push(type));
  manager.events.addEventListener("degraded", (event) => {
    degraded.push((event as CustomEvent).detail);
    throw new Error("it throws too");
  });

  const { status } = await manager.set({ server: { host: "two" } });
  await until("the failures", () => manager.metrics().includes('subscriber="event degraded"'));

  expect(status).toBe("applied");
  expect(seen).toEqual(["change"]);
  expect(degraded).toHaveLength(1);
  expect(manager.metrics()).toContain(
    'llmcfg_config_subscriber_errors_total{subscriber="event change"} 2',
  );
});

test("NOT-6 listeners of events are added once, heard once if they say so, and can be removed", async () => {
  await using managed = await manage({});
  const { manager } = managed;
  const heard: string[] = [];
  const often = () => heard.push("often");
  const removed = () => heard.push("removed");
  manager.events.addEventListener("change", often);
  manager.events.addEventListener("change", often);
  manager.events.addEventListener("change", () => heard.push("once"), { once: true });
  manager.events.addEventListener("change", removed);
  manager.events.removeEventListener("change", removed);

  await manager.set({ server: { host: "two" } });
  await manager.set({ server: { host: "three" } });

  expect(heard).toEqual(["often", "once", "often"]);
});

test("§3.4 a path that is none is refused where it is given, not when something changes", async () => {
  await using managed = await manage({});
  const { manager } = managed;
  const paths = ["server..port"];
  const malformed = expect.objectContaining({ code: "malformed_path" });

  expect(() => manager.subscribe(() => {}, { paths })).toThrow(malformed);
  expect(() => manager.changes({ paths })[Symbol.asyncIterator]()).toThrow(malformed);
  expect(() =>
    manager.addParticipant({
      name: "pool",
      paths,
      prepare: async () => ({ commit: () => {}, abort: () => {} }),
    }),
  ).toThrow(malformed);
});

test("NOT-6 an iterator that is given back ends at once, whether it waits or never began", async () => {
  await using managed = await manage({});
  const { manager } = managed;
  const [waiting, unused] = [1, 2].map(() => manager.changes()[Symbol.asyncIterator]());
  const next = waiting?.next();

  await waiting?.return?.();
  await unused?.return?.();
  await manager.set({ server: { host: "two" } });

  expect(await next).toEqual({ done: true, value: undefined });
  expect(await unused?.next()).toEqual({ done: true, value: undefined });
});

test("NOT-3 what a slow subscriber missed decides about the type of its change too", async () => {
  await using managed = await manage({ server: { port: 1 } });
  const { manager } = managed;
  const seen: ConfigNotification<Gateway>[] = [];
  const busy = Promise.withResolvers<void>();
  manager.subscribe(async (notification) => {
    seen.push(notification);
    await busy.promise;
  });

  await manager.set({ server: { host: "first" } });
  await until("the first", () => seen.length === 1);
  await manager.set({ server: { port: 2 } });
  await manager.set({ server: { host: "last" } });
  busy.resolve();
  await until("the rest", () => seen.length === 2);

  expect(seen[1]).toMatchObject({
    changeType: "restart_required",
    restartRequired: true,
    skipped: 1,
  });
});

function refusalOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}
