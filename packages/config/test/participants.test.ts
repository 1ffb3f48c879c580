import { type Prepared, type ReloadParticipant, ReloadVeto } from "@llmcfg/config";
import { expect, test } from "vitest";
import type { Gateway } from "./support/gateway-schema.ts";
import { eventsOf, manage } from "./support/manage.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { until } from "./support/until.ts";

test("TXN-1 TXN-4 P17 participants prepare before the swap and commit after it, in the order they joined", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager } = managed;
  const steps: string[] = [];
  for (const name of ["first", "second"]) {
    manager.addParticipant(
      recording(name, steps, {
        onPrepare: () => steps.push(`${name} sees ${manager.current().server.host}`),
        onCommit: () => steps.push(`${name} runs ${manager.current().server.host}`),
      }),
    );
  }

  const result = await manager.set({ server: { host: "two" } });

  expect(result.status).toBe("applied");
  expect(steps.filter((step) => step.includes("sees"))).toEqual([
    "first sees one",
    "second sees one",
  ]);
  expect(steps.slice(-4)).toEqual([
    "first runs two",
    "first commit",
    "second runs two",
    "second commit",
  ]);
});

test("TXN-3 P17 any veto aborts all that prepared, and leaves the object", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager, source } = managed;
  const steps: string[] = [];
  const before = manager.current();
  const seen = eventsOf(manager);
  manager.addParticipant(recording("willing", steps));
  manager.addParticipant({
    name: "pool",
    prepare: () => Promise.reject(new ReloadVeto("cannot reach two", "server.host")),
  });
  manager.addParticipant({ name: "other", prepare: () => Promise.reject(new Error("no memory")) });
  source.put({ server: { host: "two" } });

  const result = await manager.reload();

  expect(result).toMatchObject({
    status: "rejected",
    stage: "prepare",
    reverted: false,
    version: 1,
    vetoes: [
      {
        participant: "pool",
        reason: "cannot reach two",
        path: "server.host",
        pointer: "/server/host",
      },
      { participant: "other", reason: "no memory" },
    ],
  });
  expect(steps).toEqual(["willing prepare", "willing abort"]);
  expect(manager.current()).toBe(before);
  expect(seen.map(([name]) => name)).toEqual(["reload_failed", "degraded"]);
  expect(manager.metrics()).toContain(
    'llmcfg_config_participant_vetoes_total{participant="pool"} 1',
  );
  await until("the report", () => source.outcomes.length === 2);
  expect(source.outcomes.at(-1)).toEqual({
    result: "refused",
    revision: "2",
    path: "server.host",
    pointer: "/server/host",
    reason: "pool refused: cannot reach two",
  });
});

test("TXN-3 LCS-3 a veto about an item of a keyed list is told with its key and its place", async () => {
  await using managed = await manage({});
  const { manager, source } = managed;
  manager.addParticipant({
    name: "pool",
    prepare: () => Promise.reject(new ReloadVeto("too heavy", "providers[b].weight")),
  });
  source.put({ providers: [{ id: "a" }, { id: "b" }] });

  await manager.reload();

  await until("the report", () => source.outcomes.length === 2);
  expect(source.outcomes.at(-1)).toMatchObject({
    path: "providers[b].weight",
    pointer: "/providers/1/weight",
  });
});

test("a veto whose path is none is told without a place", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager, source } = managed;
  manager.addParticipant({
    name: "pool",
    prepare: () => Promise.reject(new ReloadVeto("no", "somewhere[")),
  });
  source.put({ server: { host: "two" } });

  const { vetoes } = await manager.reload();

  expect(vetoes).toEqual([{ participant: "pool", reason: "no", path: "somewhere[" }]);
});

test("TXN-2 a participant that takes too long vetoes, and what it prepares after all is aborted", async () => {
  const clock = new ManualClock();
  await using managed = await manage({}, { clock, prepareTimeout: "2s" });
  const { manager } = managed;
  const prepared = Promise.withResolvers<Prepared>();
  const aborted = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<AbortSignal>();
  manager.addParticipant({
    name: "slow",
    prepare: (_candidate, { signal }) => {
      asked.resolve(signal);
      return prepared.promise;
    },
  });

  const running = manager.set({ server: { host: "x" } });
  const signal = await asked.promise;
  await until("the time limit", () => clock.pending > 0);
  clock.advance(2_000);
  const result = await running;
  prepared.resolve({ commit: () => {}, abort: () => aborted.resolve() });
  await aborted.promise;

  expect(result).toMatchObject({
    status: "rejected",
    vetoes: [{ participant: "slow", reason: "prepare_timeout" }],
  });
  expect(signal.aborted).toBe(true);
  expect(clock.pending).toBe(0);
});

test("TXN-5 a commit that fails takes the swap back: version burned, history as before, nobody hears of it", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager } = managed;
  const steps: string[] = [];
  const before = manager.current();
  const notified: number[] = [];
  manager.subscribe(({ to }) => {
    notified.push(to.version);
  });
  manager.addParticipant(recording("first", steps));
  manager.addParticipant(recording("second", steps));
  const failing = manager.addParticipant(
    recording("third", steps, {
      onCommit: () => {
        throw new Error("port is taken");
      },
    }),
  );
  manager.addParticipant(recording("fourth", steps));

  const failed = await manager.set({ server: { host: "two" } });
  const kept = manager.current();
  failing.unsubscribe();
  const next = await manager.set({ server: { host: "two" } });

  expect(failed).toMatchObject({
    status: "rejected",
    stage: "commit",
    reverted: true,
    version: 1,
    vetoes: [{ participant: "third", reason: "port is taken" }],
  });
  expect(kept).toBe(before);
  expect(steps.slice(4, 10)).toEqual([
    "first commit",
    "second commit",
    "second revert to 1",
    "first revert to 1",
    "third abort",
    "fourth abort",
  ]);
  expect(next).toMatchObject({ status: "applied", version: 3, previousVersion: 1 });
  await until("the notification", () => notified.length > 0);
  expect(notified).toEqual([3]);
  expect(manager.history.list().map(({ version }) => version)).toEqual([1]);
});

test("TXN-4 TXN-5 a commit that takes longer than five seconds has failed", async () => {
  const clock = new ManualClock();
  await using managed = await manage({ server: { host: "one" } }, { clock });
  const { manager } = managed;
  const committing = Promise.withResolvers<void>();
  manager.addParticipant({
    name: "stuck",
    prepare: async () => ({
      commit: () => {
        committing.resolve();
        return new Promise(() => {});
      },
      abort: () => {},
    }),
  });

  const running = manager.set({ server: { host: "two" } });
  await committing.promise;
  clock.advance(4_999);
  const during = manager.version;
  clock.advance(1);
  const result = await running;

  expect(during).toBe(2);
  expect(result).toMatchObject({
    status: "rejected",
    reverted: true,
    version: 1,
    vetoes: [{ participant: "stuck", reason: "commit_timeout" }],
  });
});

test("TXN-5 who reverts finds the previous configuration in place already", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager } = managed;
  const seen: unknown[] = [];
  manager.addParticipant({
    ...recording("first", []),
    revert: async () => void seen.push(manager.current().server.host, manager.version),
  });
  manager.addParticipant(
    recording("second", [], {
      onCommit: () => {
        throw new Error("port is taken");
      },
    }),
  );

  await manager.set({ server: { host: "two" } });

  expect(seen).toEqual(["one", 1]);
});

test("TXN-3 an abort that never ends holds up nothing for longer than five seconds", async () => {
  const clock = new ManualClock();
  await using managed = await manage({ server: { host: "one" } }, { clock });
  const { manager } = managed;
  const aborting = Promise.withResolvers<void>();
  const stuck = manager.addParticipant({
    name: "stuck",
    prepare: async () => ({
      commit: () => {},
      abort: () => {
        aborting.resolve();
        return new Promise(() => {});
      },
    }),
  });
  const refusing = manager.addParticipant({
    name: "refusing",
    prepare: () => Promise.reject(new ReloadVeto("no")),
  });

  const running = manager.set({ server: { host: "two" } });
  await aborting.promise;
  clock.advance(5_000);
  const result = await running;
  stuck.unsubscribe();
  refusing.unsubscribe();
  const next = await manager.set({ server: { host: "three" } });

  expect(result).toMatchObject({ status: "rejected", vetoes: [{ participant: "refusing" }] });
  expect(next.status).toBe("applied");
});

test("TXN-6 a participant is asked only when its paths change", async () => {
  await using managed = await manage({});
  const { manager } = managed;
  const steps: string[] = [];
  manager.addParticipant({ ...recording("routes", steps), paths: ["routing", "providers"] });

  await manager.set({ server: { host: "x" } });
  await manager.set({ routing: { strategy: "weighted" } });

  expect(steps).toEqual(["routes prepare", "routes commit"]);
});

test("§10.3 what is draining is listed until it is gone", async () => {
  await using managed = await manage({});
  const { manager } = managed;
  const gone = Promise.withResolvers<void>();
  manager.addParticipant({
    name: "pool",
    prepare: async () => ({ commit: () => {}, abort: () => {}, drained: gone.promise }),
  });

  await manager.set({ server: { host: "x" } });
  const draining = manager.status.draining;
  gone.resolve();
  await until("the end", () => manager.status.draining.length === 0);

  expect(draining).toEqual(["pool"]);
});

interface Hooks {
  readonly onPrepare?: () => void;
  readonly onCommit?: () => void;
}

function recording(name: string, steps: string[], hooks: Hooks = {}): ReloadParticipant<Gateway> {
  return {
    name,
    prepare: async () => {
      hooks.onPrepare?.();
      steps.push(`${name} prepare`);
      return {
        commit: () => {
          hooks.onCommit?.();
          steps.push(`${name} commit`);
        },
        abort: () => {
          steps.push(`${name} abort`);
        },
      };
    },
    revert: async (previous) => {
      steps.push(`${name} revert to ${previous.version}`);
    },
  };
}
