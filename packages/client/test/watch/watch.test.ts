import { isDeepStrictEqual } from "node:util";
import { type Runtime, watchNamespace } from "@llmcfg/client";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bundleOf, ENV, hashOfValue, SERVICE } from "../support/bundles.ts";
import { type Act, ModelServer, type Script, type StreamScript } from "../support/model-server.ts";

/** Waits are over at once; only the silence of a stream is never long enough. */
const impatient: Runtime = {
  nowMs: () => 0,
  monotonicMs: () => 0,
  random: () => 0.5,
  sleep: (ms, signal) => (ms === 45_000 ? aborted(signal) : Promise.resolve()),
};

const key = fc.constantFrom("a", "b", "c/d");
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: fc.constant("commit" as const),
    key,
    value: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
  }),
  fc.record({ do: fc.constantFrom("send" as const, "lose" as const) }),
  fc.record({ do: fc.constant("repeat" as const), back: fc.nat({ max: 2 }) }),
  fc.record({ do: fc.constantFrom("heartbeat" as const, "garbage" as const, "comment" as const) }),
  fc.record({
    do: fc.constant("reset" as const),
    reason: fc.constantFrom(
      "slow_consumer" as const,
      "compacted" as const,
      "draining" as const,
      "scope_changed" as const,
    ),
  }),
);
const stream: fc.Arbitrary<StreamScript> = fc.record({
  isRefused: fc.boolean(),
  acts: fc.array(act, { maxLength: 12 }),
  end: fc.constantFrom("ended" as const, "broken" as const),
});
const script: fc.Arbitrary<Script> = fc.record({
  streams: fc.array(stream, { maxLength: 6 }),
  failures: fc.array(fc.boolean(), { maxLength: 3 }).map((failures) => [false, ...failures]),
});

test("LAW-03 STR-09 whatever the server and the way to it do, every proof speaks of the state in hand", async () => {
  await fc.assert(
    fc.asyncProperty(script, async (played) => {
      const server = new ModelServer(played);
      const contents = new Map<string, string>();
      const faults: string[] = [];
      let newest = 0;

      for await (const item of watchNamespace({
        client: server,
        env: ENV,
        service: SERVICE,
        runtime: impatient,
      })) {
        if (item.kind === "state") {
          contents.clear();
          for (const [name, hash] of item.state.hashes) contents.set(name, hash);
          newest = item.state.reflects;
        } else if (item.kind === "changed") {
          if (item.event.revision <= newest) faults.push(`${item.event.revision} after ${newest}`);
          newest = item.event.revision;
          for (const change of item.event.changes) {
            if (change.hash === null) contents.delete(change.key);
            else contents.set(change.key, change.hash);
          }
        } else {
          const { revision } = item.event;
          const isWhole = isDeepStrictEqual(
            Object.fromEntries(contents),
            hashesAt(server, revision),
          );
          if (!isWhole) faults.push(`${revision} is proven, and not what is in hand`);
          if (server.isOver && revision === server.head) break;
        }
      }

      expect(faults).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test("LAW-03 on a good way each revision comes by itself, without a whole state in between", async () => {
  const values = [1, 2, 3, 4];
  const acts: Act[] = values.flatMap((value) => [
    { do: "commit", key: "a", value },
    { do: "send" },
  ]);
  const server = new ModelServer({
    streams: [{ isRefused: false, acts, end: "broken" }],
    failures: [],
  });

  const seen: (readonly [string, number])[] = [];
  const watch = watchNamespace({ client: server, env: ENV, service: SERVICE, runtime: impatient });
  for await (const item of watch) {
    const revision = item.kind === "state" ? item.state.reflects : item.event.revision;
    seen.push([item.kind, revision]);
    if (item.kind === "heartbeat") break;
  }

  expect(seen).toEqual([
    ["state", 1],
    ["changed", 2],
    ["changed", 3],
    ["changed", 4],
    ["changed", 5],
    ["heartbeat", 5],
  ]);
  expect(watch.counts).toEqual({ streams: 2, mismatches: 0, repeated: 0 });
});

test("STR-09 a lost revision is found by the next heartbeat, counted, and mended by a whole state", async () => {
  const acts: Act[] = [
    { do: "commit", key: "a", value: 1 },
    { do: "lose" },
    { do: "heartbeat" },
    { do: "heartbeat" },
  ];
  const server = new ModelServer({
    streams: [{ isRefused: false, acts, end: "ended" }],
    failures: [],
  });

  const kinds: string[] = [];
  const watch = watchNamespace({ client: server, env: ENV, service: SERVICE, runtime: impatient });
  for await (const item of watch) {
    kinds.push(item.kind === "state" ? item.cause : item.kind);
    if (item.kind === "heartbeat") break;
  }

  expect(kinds).toEqual(["start", "hash_mismatch", "heartbeat"]);
  expect(watch.counts).toEqual({ streams: 1, mismatches: 1, repeated: 0 });
});

test("a watch from a known state needs no other, and compares heartbeats with that one", async () => {
  const server = new ModelServer({ streams: [], failures: [] });
  const wrong = {
    bundle: bundleOf(1, { a: 1 }),
    reflects: 1,
    hashes: new Map([["a", hashOfValue(1)]]),
  };

  const kinds: string[] = [];
  const watch = { client: server, env: ENV, service: SERVICE, runtime: impatient, from: wrong };
  for await (const item of watchNamespace(watch)) {
    kinds.push(item.kind === "state" ? item.cause : item.kind);
    break;
  }

  expect(kinds).toEqual(["hash_mismatch"]); // the server has no key at all
});

test("a watch from a revision takes heartbeats on trust until it has a state", async () => {
  const acts: Act[] = [{ do: "commit", key: "a", value: 1 }];
  const server = new ModelServer({
    streams: [{ isRefused: false, acts, end: "ended" }],
    failures: [],
  });

  const seen: string[] = [];
  const watch = { client: server, env: ENV, service: SERVICE, runtime: impatient, from: 1 };
  for await (const item of watchNamespace(watch)) {
    seen.push(item.kind);
    if (item.kind === "heartbeat") break;
  }

  expect(seen).toEqual(["changed", "heartbeat"]);
});

test("what a poll brings is no news unless it differs", async () => {
  const refused: StreamScript = { isRefused: true, acts: [], end: "ended" };
  const server = new ModelServer({
    streams: Array.from({ length: 5 }, () => refused),
    failures: [],
  });

  const kinds: string[] = [];
  for await (const item of watchNamespace({
    client: server,
    env: ENV,
    service: SERVICE,
    runtime: impatient,
  })) {
    kinds.push(item.kind === "state" ? item.cause : item.kind);
    if (item.kind === "heartbeat") break;
  }

  expect(kinds).toEqual(["start", "heartbeat"]);
});

function hashesAt(server: ModelServer, revision: number): Readonly<Record<string, string>> {
  const contents = Object.entries(server.contentsAt(revision));
  return Object.fromEntries(contents.map(([name, value]) => [name, hashOfValue(value)]));
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
