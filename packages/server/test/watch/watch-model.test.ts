/**
 * C2 in process: random commits, random consumers that come, go and come back at random revisions,
 * to this hub or to one that has just begun; what each was told is compared with an oracle.
 */

import type { WatchEvent } from "@llmcfg/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Caller } from "../../src/modules/policy/ports.ts";
import type { WatchSubscription } from "../../src/modules/watch/ports.ts";
import type { SelectionHub } from "../../src/modules/watch/selection-hub.ts";
import { BundleOracle, type OracleWrite } from "./bundle-oracle.ts";
import { callerWith, openWatchWorld, type WatchWorld } from "./open-watch-world.ts";
import { JsonEncoder, RecordingSink } from "./recording-sink.ts";
import { type Check, type Connection, type History, violationsOf } from "./watch-history.ts";

/** Small, so that consumers are served from memory, by filling it, and by replay. */
const LIMITS = { recent: { maxMessages: 6, maxBytes: 100_000 }, pollMs: 3_600_000 };

test("LAW-03 C2 whatever is committed and whoever comes back when, the nine checks hold", async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 10, maxLength: 60 }), async (steps) => {
      const { histories, states, oracle, notes } = await run(steps);
      for (const note of notes) seen.add(note);
      for (const history of histories) {
        expect([...violationsOf(history, oracle)]).toEqual([]);
        const resets = history.connections.flatMap(({ events }) => events.filter(isReset));
        expect(resets).toEqual([]);
      }
      expect(states).toEqual(histories.map(({ env, isSeen }) => oracle.state(env, isSeen)));
    }),
    { numRuns: 60 },
  );
  // Else it has proved less than it says.
  expect([...seen].toSorted()).toEqual(["changed", "deleted", "restarted", "resumed"]);
}, 60_000);

/** Each breaks one promise, in what a consumer is told; the checks must see it. */
const TWINS: Readonly<
  Record<Check, (connections: readonly Connection[]) => readonly Connection[]>
> = {
  ordered: (all) => edit(all, (events) => swapLast(events)),
  unique: (all) =>
    edit(all, (events) => events.flatMap((e, i) => (i === lastChange(events) ? [e, e] : [e]))),
  reliable: (all) => edit(all, (events) => events.filter((_, i) => i !== lastChange(events))),
  atomic: (all) => edit(all, (events) => events.map((e) => withoutOneChange(e))),
  resumable: (all) => all.map(({ start, events }) => ({ start: start - 1, events })),
  bookmark: (all) => edit(all, (events) => bookmarkEarly(events)),
  hash: (all) =>
    edit(all, (events) =>
      events.map((e) => (e.type === "heartbeat" ? { ...e, hash: `${e.hash}0` } : e)),
    ),
  filter: (all) => edit(all, (events) => events.map((e) => withForeignChange(e))),
  content: (all) => edit(all, (events) => events.map((e) => withOldVersion(e))),
};

test.each(Object.entries(TWINS))(
  "C2 control: a twin that is not %s is caught by that check",
  async (check, twin) => {
    const { history, oracle } = await recordOne();

    const broken = { ...history, connections: twin(history.connections) };

    expect([...violationsOf(history, oracle)]).toEqual([]);
    expect([...violationsOf(broken, oracle)]).toContain(check);
  },
);

type Step =
  | { readonly kind: "commit"; readonly writes: readonly OracleWrite[]; readonly isHeard: boolean }
  | { readonly kind: "connect"; readonly about: number; readonly back: number }
  | { readonly kind: "drop" | "resume"; readonly who: number }
  | { readonly kind: "pause" }
  | { readonly kind: "restart" };

const ENV = fc.constantFrom("base", "development", "staging", "production");
const TEXT = fc.constantFrom(
  "x",
  "y",
  "to ${ref:s2:-none}",
  "to ${ref:s3:-none} and ${ref://other/s3:-none}",
  "${ref:o1:-none}",
);
const LEAF = fc.constantFrom(1, 2);
const OBJECT = fc
  .tuple(fc.subarray(["a", "b", "c"], { minLength: 1 }), LEAF)
  .map(([leaves, n]) => Object.fromEntries(leaves.map((leaf) => [leaf, n])));

/** `s1` may refer to `s2` and `s3`, those to nothing that refers back. */
const WRITE: fc.Arbitrary<OracleWrite> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(ENV, fc.constantFrom("svc/s1", "svc/a/s4"), TEXT).map(toWrite) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(ENV, fc.constantFrom("svc/s2", "svc/s3", "other/s3"), fc.constantFrom("p", "q", 7))
      .map(toWrite),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(ENV, fc.constantFrom("svc/o1", "svc/a/o2"), OBJECT).map(toWrite),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        ENV,
        fc.constantFrom("svc/s1", "svc/s2", "svc/s3", "other/s3", "svc/o1", "svc/a/o2"),
        fc.constantFrom("deleted" as const, "masked" as const),
      )
      .map(([env, name, state]) => ({ path: `${env}/${name}`, state })),
  },
);

function toWrite([env, name, value]: [
  string,
  string,
  string | number | Record<string, number>,
]): OracleWrite {
  return { path: `${env}/${name}`, value };
}

const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("commit" as const),
      writes: fc.uniqueArray(WRITE, { minLength: 1, maxLength: 5, selector: ({ path }) => path }),
      isHeard: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("connect" as const),
      about: fc.nat(5),
      back: fc.nat(30),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("drop" as const, "resume" as const),
      who: fc.nat(9),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "pause" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
);

/** Who may see what: all of a service, one folder, another environment; all read every `other/`. */
const CONSUMERS: readonly Omit<Consumer, "connections">[] = [
  consumer("production", "", ["agent"], () => true),
  consumer("production", "a/", ["viewer"], (key) => key.startsWith("a/")),
  consumer("staging", "", ["agent"], () => true),
  consumer("base", "", ["viewer"], () => true),
  consumer(
    "production",
    "",
    [
      "viewer@production/svc/a/**",
      "viewer@production/svc/s2",
      "viewer@production/svc/s3",
      "viewer@production/other/**",
      "viewer@production/svc/o1",
    ],
    (key) => key !== "s1",
  ),
  consumer("development", "s", ["agent"], (key) => key.startsWith("s")),
];

interface Consumer {
  readonly env: string;
  readonly prefix: string;
  readonly caller: Caller;
  readonly isSeen: (path: string) => boolean;
  readonly connections: { readonly start: number; readonly sink: RecordingSink; end(): void }[];
}

function consumer(
  env: string,
  prefix: string,
  roles: readonly string[],
  sees: (key: string) => boolean,
): Omit<Consumer, "connections"> {
  const isSeen = (path: string) => {
    const [pathEnv, service, ...key] = path.split("/");
    return pathEnv === env && service === "svc" && sees(key.join("/"));
  };
  return { env, prefix, caller: callerWith(roles), isSeen };
}

/** A world, who is in it, and the hub that is up now. */
class Scene {
  readonly world: WatchWorld;
  readonly oracle = new BundleOracle();
  readonly consumers: Consumer[] = [];
  readonly notes = new Set<string>();
  hub: SelectionHub;

  constructor(world: WatchWorld) {
    this.world = world;
    this.hub = world.hub;
  }

  async commit(writes: readonly OracleWrite[], isHeard: boolean): Promise<void> {
    const change = await this.world.commitUnheard(...writes);
    if (isHeard) this.hub.committed("default", change);
    this.oracle.add(writes);
  }

  async connect(to: Consumer, start: number): Promise<void> {
    const sink = new RecordingSink();
    const subscription: WatchSubscription = await this.hub.subscribe(
      {
        namespaces: [{ env: to.env, service: "svc", prefix: to.prefix }],
        view: "effective",
        includeValues: false,
      },
      { caller: to.caller, start, encoder: new JsonEncoder(), sink },
    );
    to.connections.push({ start, sink, end: () => subscription[Symbol.dispose]() });
  }

  /** Where a consumer goes on: the last revision it was told, by whichever message. */
  async resume(who: Consumer): Promise<void> {
    const last = who.connections.at(-1);
    last?.end();
    const position = last?.sink.events.at(-1)?.revision ?? last?.start ?? 1;
    await this.connect(who, position);
    this.notes.add("resumed");
  }

  /** What the bundle of a consumer is, and since when. */
  async stateOf({ env, prefix, caller }: Consumer) {
    const { revision, hash } = await this.hub.state(caller, { env, service: "svc", prefix });
    return { revision, hash };
  }

  restart(): void {
    for (const { connections } of this.consumers) connections.at(-1)?.end();
    this.hub = this.world.anotherHub(LIMITS);
    this.notes.add("restarted");
  }
}

async function run(steps: readonly Step[]) {
  await using world = openWatchWorld(LIMITS);
  const scene = new Scene(world);
  for (const step of steps) await take(step, scene);

  await scene.commit([{ path: "production/svc/s3", value: "end" }], true);
  for (const who of scene.consumers) await scene.resume(who);
  await Promise.all(scene.consumers.map(caughtUp));
  return {
    histories: scene.consumers.map(toHistory),
    states: await Promise.all(scene.consumers.map((who) => scene.stateOf(who))),
    oracle: scene.oracle,
    notes: notesOf(scene),
  };
}

/** Once it was resumed it is live when it was sent its heartbeat. */
async function caughtUp({ connections }: Consumer): Promise<void> {
  const sink = connections.at(-1)?.sink;
  await sink?.until(() => sink.events.some(({ type }) => type === "heartbeat"));
}

async function take(step: Step, scene: Scene): Promise<void> {
  switch (step.kind) {
    case "commit":
      return await scene.commit(step.writes, step.isHeard);
    case "connect": {
      const about = CONSUMERS[step.about];
      if (about === undefined) return;
      const who = { ...about, connections: [] };
      scene.consumers.push(who);
      return await scene.connect(who, Math.max(1, scene.oracle.head - step.back));
    }
    case "drop":
      return scene.consumers[step.who]?.connections.at(-1)?.end();
    case "resume": {
      const who = scene.consumers[step.who];
      return who === undefined ? undefined : await scene.resume(who);
    }
    case "pause":
      return await new Promise((resolve) => setImmediate(resolve));
    case "restart":
      return scene.restart();
  }
}

function toHistory({ env, isSeen, connections }: Consumer): History {
  return {
    env,
    isSeen,
    connections: connections.map(({ start, sink }) => ({ start, events: sink.events })),
  };
}

function notesOf({ notes, consumers }: Scene): ReadonlySet<string> {
  for (const { connections } of consumers) {
    for (const { type } of connections.flatMap(({ sink }) => sink.events)) {
      if (type === "config.changed") notes.add("changed");
      if (type === "config.deleted") notes.add("deleted");
    }
  }
  return notes;
}

function both(n: number): readonly OracleWrite[] {
  return [
    { path: "base/svc/s2", value: n },
    { path: "production/svc/o1", value: { a: n } },
  ];
}

/** A consumer that was away once, with changes of several keys before and after. */
async function recordOne(): Promise<{ readonly history: History; readonly oracle: BundleOracle }> {
  await using world = openWatchWorld(LIMITS);
  const scene = new Scene(world);
  const [about] = CONSUMERS;
  if (about === undefined) throw new Error("there is no consumer");
  const who: Consumer = { ...about, connections: [] };
  scene.consumers.push(who);

  await scene.commit(both(1), true);
  await scene.connect(who, 2);
  for (const n of [2, 3, 4]) await scene.commit(both(n), true);
  await who.connections[0]?.sink.count(4);
  who.connections[0]?.end();
  for (const n of [5, 6]) await scene.commit(both(n), true);
  await scene.resume(who);
  await caughtUp(who);
  for (const n of [7, 8]) await scene.commit(both(n), true);
  await who.connections[1]?.sink.count(5);
  return { history: toHistory(who), oracle: scene.oracle };
}

function edit(
  connections: readonly Connection[],
  change: (events: readonly WatchEvent[]) => readonly WatchEvent[],
): readonly Connection[] {
  return connections.map(({ start, events }) => ({ start, events: change(events) }));
}

function lastChange(events: readonly WatchEvent[]): number {
  return events.findLastIndex((event) => "changes" in event);
}

function swapLast(events: readonly WatchEvent[]): readonly WatchEvent[] {
  const [a, b] = events.slice(-2);
  return a === undefined || b === undefined ? events : [...events.slice(0, -2), b, a];
}

function bookmarkEarly(events: readonly WatchEvent[]): readonly WatchEvent[] {
  return events.map((event) =>
    event.type === "heartbeat" ? { ...event, revision: event.revision + 1 } : event,
  );
}

function withoutOneChange(event: WatchEvent): WatchEvent {
  return "changes" in event ? { ...event, changes: event.changes.slice(1) } : event;
}

function withForeignChange(event: WatchEvent): WatchEvent {
  if (!("changes" in event)) return event;
  const [first] = event.changes;
  const foreign = first && { ...first, path: "production/other/s3" };
  return foreign === undefined ? event : { ...event, changes: [...event.changes, foreign] };
}

function withOldVersion(event: WatchEvent): WatchEvent {
  if (!("changes" in event)) return event;
  return {
    ...event,
    changes: event.changes.map((change) => ({ ...change, version: change.version - 1 })),
  };
}

function isReset(event: WatchEvent): boolean {
  return event.type === "reset";
}
