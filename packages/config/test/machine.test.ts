import { expect, test } from "vitest";
import {
  type Effect,
  initialState,
  type MachineEvent,
  type MachineOptions,
  type MachineState,
  type Phase,
  step,
} from "../src/reload/machine.ts";
import type { Trigger } from "../src/reload/trigger.ts";
import { Scheduler } from "../src/watch/scheduler.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { until } from "./support/until.ts";

const options: MachineOptions = {
  debounceMs: 500,
  maxWaitMs: 5_000,
  tokensPerMinute: 12,
  burst: 3,
};
const NOW = 100_000;

const change: MachineEvent = { type: "changed", trigger: "file", whole: false };
const whole: MachineEvent = { type: "changed", trigger: "remote", whole: true };
const events = {
  change,
  whole,
  timer: { type: "timer" },
  changed: { type: "finished", outcome: "changed" },
  partial: { type: "finished", outcome: "partial" },
  transient: { type: "finished", outcome: "transient" },
  tryAgain: { type: "try_again" },
  stop: { type: "stop" },
} satisfies Record<string, MachineEvent>;

const phases = {
  quiet: { name: "quiet" },
  settling: { name: "settling", sinceMs: NOW - 4_800, trigger: "file" },
  held: { name: "held", trigger: "file" },
  reloading: { name: "reloading", isMetered: true, next: undefined },
  backing_off: { name: "backing_off" },
  stopped: { name: "stopped" },
} satisfies Record<Phase["name"], Phase>;

type Expected = readonly [phase: string, ...effects: readonly string[]];

/** A new phase or event does not compile until its cells are written. */
const table: Record<Phase["name"], Record<keyof typeof events, Expected>> = {
  quiet: {
    change: ["settling", "wait 500"],
    whole: ["reloading", "cancel", "reload remote"],
    timer: ["quiet"],
    changed: ["quiet"],
    partial: ["quiet"],
    transient: ["quiet"],
    tryAgain: ["backing_off", "wait 1000"],
    stop: ["stopped", "cancel"],
  },
  settling: {
    change: ["settling", "wait 200"],
    whole: ["reloading, next file", "cancel", "reload remote"],
    timer: ["reloading", "cancel", "reload file"],
    changed: ["settling"],
    partial: ["settling"],
    transient: ["settling"],
    tryAgain: ["settling"],
    stop: ["stopped", "cancel"],
  },
  held: {
    change: ["held"],
    whole: ["reloading, next file", "cancel", "reload remote"],
    timer: ["reloading", "cancel", "reload file"],
    changed: ["held"],
    partial: ["held"],
    transient: ["held"],
    tryAgain: ["held"],
    stop: ["stopped", "cancel"],
  },
  reloading: {
    change: ["reloading, next file"],
    whole: ["reloading, next remote whole"],
    timer: ["reloading"],
    changed: ["quiet"],
    partial: ["backing_off", "wait 1000"],
    transient: ["backing_off", "wait 1000"],
    tryAgain: ["reloading"],
    stop: ["stopped", "cancel"],
  },
  backing_off: {
    change: ["settling", "wait 500"],
    whole: ["reloading", "cancel", "reload remote"],
    timer: ["reloading", "cancel", "reload retry"],
    changed: ["backing_off"],
    partial: ["backing_off"],
    transient: ["backing_off"],
    tryAgain: ["backing_off"],
    stop: ["stopped", "cancel"],
  },
  stopped: {
    change: ["stopped"],
    whole: ["stopped"],
    timer: ["stopped"],
    changed: ["stopped"],
    partial: ["stopped"],
    transient: ["stopped"],
    tryAgain: ["stopped"],
    stop: ["stopped"],
  },
};

const cells = Object.entries(table).flatMap(([phase, row]) =>
  Object.entries(row).map(([event, expected]) => [phase, event, expected] as const),
);

test.each(cells)("WAT-4 %s, %s: %j", (phase, event, expected) => {
  const state = stateIn(phases[phase as Phase["name"]]);

  const next = step(state, events[event as keyof typeof events], options, NOW);

  expect([describe(next.state.phase), ...next.effects.map(describeEffect)]).toEqual(expected);
});

test("LCS-2 what changed during a reload is taken next: a whole change at once, another after settling", () => {
  const running = stateIn(phases.reloading);

  const afterWhole = run(running, whole, change, events.changed);
  const afterChange = run(running, change, events.changed);

  expect(afterWhole).toEqual(["reloading", "cancel", "reload remote"]);
  expect(afterChange).toEqual(["settling", "wait 500"]);
});

test("P10 automatic reloads with changed content use up the rate, and are held then", () => {
  let state = initialState(options, NOW);
  const reloads: number[] = [];
  for (let at = NOW; at < NOW + 60_000; at += 1_000) {
    state = step(state, change, options, at).state;
    const fired = step(state, events.timer, options, at + 500);
    state = fired.state;
    if (fired.effects.some(({ type }) => type === "reload")) {
      reloads.push(at);
      state = step(state, events.changed, options, at + 600).state;
    }
  }

  expect(reloads.length).toBeGreaterThanOrEqual(12);
  expect(reloads.length).toBeLessThanOrEqual(3 + 12);
});

test("P10 a held reload waits just as long as a token takes, and says that it waits", () => {
  const empty = { ...stateIn(phases.settling), bucket: { tokens: 0.5, atMs: NOW } };

  const held = step(empty, events.timer, options, NOW);
  const early = step(held.state, events.timer, options, NOW + 2_000);
  const due = step(held.state, events.timer, options, NOW + 2_500);

  expect(held.effects.map(describeEffect)).toEqual(["defer", "wait 2500"]);
  expect(early.effects.map(describeEffect)).toEqual(["wait 500"]);
  expect(due.effects.map(describeEffect)).toEqual(["cancel", "reload file"]);
});

test("P10 reloads that find nothing new, whole ones and retries use up nothing", () => {
  const unchanged: MachineEvent = { type: "finished", outcome: "unchanged" };
  const unmetered = stateIn({ ...phases.reloading, isMetered: false });

  const after = [
    step(stateIn(phases.reloading), unchanged, options, NOW),
    step(unmetered, events.changed, options, NOW),
    step(stateIn(phases.reloading), events.changed, options, NOW),
    step(stateIn(phases.reloading), events.partial, options, NOW),
  ].map(({ state }) => state.bucket.tokens);

  expect(after).toEqual([3, 3, 2, 2]);
});

test("REL-7 transient failures are retried ever more slowly, up to a minute, until one succeeds", () => {
  let state = stateIn({ ...phases.reloading, isMetered: false });
  const waits: string[] = [];
  for (let i = 0; i < 9; i++) {
    const failed = step(state, events.transient, options, NOW);
    waits.push(...failed.effects.map(describeEffect));
    state = step(failed.state, events.timer, options, NOW).state;
  }
  const healed = step(state, events.changed, options, NOW).state;

  expect(waits.map((wait) => Number(wait.slice("wait ".length)))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
  ]);
  expect(healed.failures).toBe(0);
});

test("WAT-5 P9 under constant events a reload begins when the longest wait is over", () => {
  let state = initialState(options, NOW);
  let dueAtMs = 0;
  for (let at = NOW; dueAtMs === 0 || at < dueAtMs; at += 100) {
    const { state: next, effects } = step(state, change, options, at);
    state = next;
    const [wait] = effects;
    if (wait?.type === "wait") dueAtMs = at + wait.ms;
  }

  expect(dueAtMs).toBe(NOW + 5_000);
});

function stateIn(phase: Phase): MachineState {
  return { phase, bucket: { tokens: 3, atMs: NOW }, failures: 0 };
}

function run(state: MachineState, ...given: readonly MachineEvent[]): readonly string[] {
  let last = { state, effects: [] as readonly Effect[] };
  for (const event of given) last = step(last.state, event, options, NOW);
  return [describe(last.state.phase), ...last.effects.map(describeEffect)];
}

function describe(phase: Phase): string {
  if (phase.name !== "reloading" || phase.next === undefined) return phase.name;
  return `reloading, next ${phase.next.trigger}${phase.next.whole ? " whole" : ""}`;
}

function describeEffect(effect: Effect): string {
  if (effect.type === "reload") return `reload ${effect.trigger}`;
  return effect.type === "wait" ? `wait ${effect.ms}` : effect.type;
}

test("REL-7 a part of each wait for another try is left to chance, none of a debounce", async () => {
  const clock = new ManualClock();
  const tries: Trigger[] = [];
  await using scheduler = new Scheduler({
    ...options,
    clock,
    random: () => 0.5,
    reload: async (trigger) => {
      tries.push(trigger);
      return "transient";
    },
    onDeferred: () => {},
  });

  scheduler.signal({ trigger: "file", whole: false });
  clock.advance(options.debounceMs - 1);
  const early = tries.length;
  clock.advance(1);
  await until("the wait after the first try", () => clock.pending > 0);
  clock.advance(899);
  const beforeRetry = tries.length;
  clock.advance(1);

  expect([early, beforeRetry, tries]).toEqual([0, 1, ["file", "retry"]]);
});
