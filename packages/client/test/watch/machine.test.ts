import { LlmcfgError } from "@llmcfg/core";
import type { ResetReason } from "@llmcfg/protocol";
import { describe, expect, test } from "vitest";
import type { BundleState } from "../../src/bundle/bundle-state.ts";
import {
  begin,
  type Need,
  type Step,
  transition,
  type WatchEffect,
  type WatchSignal,
  type WatchState,
} from "../../src/watch/machine.ts";
import type { WatchItem } from "../../src/watch/watch-item.ts";

// What SPEC.md says, cell by cell: states at cursor 5 after 1 failure, and each kind of signal.

const error = new LlmcfgError("OFFLINE_MISS", "away", { retryAfter: 1 });
const denied = new LlmcfgError("POLICY_DENIED", "no", { rule: "r", permission: "p", path: "x" });

const changed = (revision: number) =>
  ({ type: "config.changed", revision, at: "", actor: "", message: null, changes: [] }) as const;
const heartbeat = (revision: number) =>
  ({ type: "heartbeat", revision, hash: "sha256:0" }) as const;
const reset = (reason: ResetReason, retryAfterMs = 0) =>
  ({ type: "reset", reason, revision: 9, retryAfterMs }) as const;
const fetchedState = { reflects: 8 } as BundleState; // the machine looks at nothing else

const gap: Need = { cause: "compacted", minRevision: 9, event: reset("compacted") };
const start: Need = { cause: "start", minRevision: undefined, event: undefined };
const poll: Need = { cause: "poll", minRevision: undefined, event: undefined };

const at = { cursor: 5, failures: 1 };
const STATES = {
  connecting: { name: "connecting", ...at },
  live: { name: "live", ...at },
  "resetting, open": { name: "resetting", ...at, need: gap, isOpen: true },
  "resetting, closed": { name: "resetting", ...at, need: gap, isOpen: false },
  "resetting, first": { name: "resetting", ...at, need: start, isOpen: false },
  "backing off to connect": { name: "backing-off", ...at, need: undefined },
  "backing off to fetch": { name: "backing-off", ...at, need: gap },
  stopped: { name: "stopped" },
} as const satisfies Record<string, WatchState>;

const SIGNALS = {
  opened: { type: "opened" },
  "changed, newer": { type: "changed", event: changed(6) },
  "changed, same": { type: "changed", event: changed(5) },
  "changed, older": { type: "changed", event: changed(4) },
  "heartbeat, newer": { type: "heartbeat", event: heartbeat(7) },
  "heartbeat, same": { type: "heartbeat", event: heartbeat(5) },
  "heartbeat, older": { type: "heartbeat", event: heartbeat(4) },
  mismatch: { type: "mismatch", event: heartbeat(5) },
  "mismatch, older": { type: "mismatch", event: heartbeat(4) },
  "reset compacted": { type: "reset", event: reset("compacted") },
  "reset bad_cursor": { type: "reset", event: reset("bad_cursor") },
  "reset slow_consumer": { type: "reset", event: reset("slow_consumer") },
  "reset slow_consumer, later": { type: "reset", event: reset("slow_consumer", 700) },
  "reset large_revision": { type: "reset", event: reset("large_revision") },
  "reset future": { type: "reset", event: reset("future") },
  "reset hash_mismatch": { type: "reset", event: reset("hash_mismatch") },
  "reset scope_changed": { type: "reset", event: reset("scope_changed") },
  "reset draining": { type: "reset", event: reset("draining", 700) },
  "reset unauthenticated": { type: "reset", event: reset("unauthenticated") },
  fetched: { type: "fetched", state: fetchedState },
  ended: { type: "ended" },
  silent: { type: "silent" },
  failed: { type: "failed", error, retryAfterMs: 0 },
  "failed, later": { type: "failed", error, retryAfterMs: 3_000 },
  refused: { type: "refused", error: denied },
  elapsed: { type: "elapsed" },
  stop: { type: "stop" },
} as const satisfies Record<string, WatchSignal>;

type StateName = keyof typeof STATES;
type SignalName = keyof typeof SIGNALS;

/** Every state of the machine has rows in the table, and every signal columns. */
const ROWS: Record<WatchState["name"], readonly StateName[]> = {
  connecting: ["connecting"],
  live: ["live"],
  resetting: ["resetting, open", "resetting, closed", "resetting, first"],
  "backing-off": ["backing off to connect", "backing off to fetch"],
  stopped: ["stopped"],
};
const COLUMNS: Record<WatchSignal["type"], readonly SignalName[]> = {
  opened: ["opened"],
  changed: ["changed, newer", "changed, same", "changed, older"],
  heartbeat: ["heartbeat, newer", "heartbeat, same", "heartbeat, older"],
  mismatch: ["mismatch", "mismatch, older"],
  reset: [
    "reset compacted",
    "reset bad_cursor",
    "reset slow_consumer",
    "reset slow_consumer, later",
    "reset large_revision",
    "reset future",
    "reset hash_mismatch",
    "reset scope_changed",
    "reset draining",
    "reset unauthenticated",
  ],
  fetched: ["fetched"],
  ended: ["ended"],
  silent: ["silent"],
  failed: ["failed", "failed, later"],
  refused: ["refused"],
  elapsed: ["elapsed"],
  stop: ["stop"],
};

/** `undefined`: nothing changes. */
type Expected = Step | undefined;

const close: WatchEffect = { type: "close" };
const deliver = (item: WatchItem): WatchEffect => ({ type: "deliver", item });
const connecting = (cursor: number, failures: number): Step => ({
  state: { name: "connecting", cursor, failures },
  effects: [{ type: "connect", from: cursor }],
});
const live = (cursor: number, failures: number, ...effects: readonly WatchEffect[]): Step => ({
  state: { name: "live", cursor, failures },
  effects,
});
const fetching = (need: Need, isOpen: boolean, ...before: readonly WatchEffect[]): Step => ({
  state: { name: "resetting", ...at, need, isOpen },
  effects: [...before, { type: "fetch", minRevision: need.minRevision }],
});
const waiting = (need: Need | undefined, failures: number, atLeastMs: number): Step => ({
  state: { name: "backing-off", cursor: 5, failures, need },
  effects: [close, { type: "wait", atLeastMs, failures }],
});
const stopped = (because?: LlmcfgError): Step => ({
  state: { name: "stopped" },
  effects: [close, { type: "finish", error: because }],
});
const needOf = (reason: ResetReason, retryAfterMs = 0): Need => ({
  cause: reason,
  minRevision: 9,
  event: reset(reason, retryAfterMs),
});

const NOTHING: Record<SignalName, Expected> = {
  opened: undefined,
  "changed, newer": undefined,
  "changed, same": undefined,
  "changed, older": undefined,
  "heartbeat, newer": undefined,
  "heartbeat, same": undefined,
  "heartbeat, older": undefined,
  mismatch: undefined,
  "mismatch, older": undefined,
  "reset compacted": undefined,
  "reset bad_cursor": undefined,
  "reset slow_consumer": undefined,
  "reset slow_consumer, later": undefined,
  "reset large_revision": undefined,
  "reset future": undefined,
  "reset hash_mismatch": undefined,
  "reset scope_changed": undefined,
  "reset draining": undefined,
  "reset unauthenticated": undefined,
  fetched: undefined,
  ended: undefined,
  silent: undefined,
  failed: undefined,
  "failed, later": undefined,
  refused: undefined,
  elapsed: undefined,
  stop: undefined,
};

const repeated: WatchEffect = { type: "count", what: "repeated" };
const mismatch: Need = { cause: "hash_mismatch", minRevision: 5, event: undefined };
const fetchedItem = (need: Need) =>
  deliver({ kind: "state", cause: need.cause, state: fetchedState, event: need.event });
const afterFetch = (need: Need): Step => {
  const { state, effects } = connecting(8, 1);
  return { state, effects: [fetchedItem(need), ...effects] };
};

const TABLE: Record<StateName, Record<SignalName, Expected>> = {
  connecting: {
    ...NOTHING,
    opened: live(5, 1),
    failed: waiting(undefined, 2, 0),
    "failed, later": waiting(undefined, 2, 3_000),
    refused: stopped(denied),
    stop: stopped(),
  },
  live: {
    opened: undefined,
    "changed, newer": live(6, 0, deliver({ kind: "changed", event: changed(6) })),
    "changed, same": live(5, 1, repeated),
    "changed, older": live(5, 1, repeated),
    "heartbeat, newer": live(7, 0, deliver({ kind: "heartbeat", event: heartbeat(7) })),
    "heartbeat, same": live(5, 0, deliver({ kind: "heartbeat", event: heartbeat(5) })),
    "heartbeat, older": undefined,
    mismatch: fetching(mismatch, true, { type: "count", what: "mismatch" }),
    "mismatch, older": undefined,
    "reset compacted": fetching(needOf("compacted"), true),
    "reset bad_cursor": fetching(needOf("bad_cursor"), true),
    "reset slow_consumer": fetching(needOf("slow_consumer"), true),
    "reset slow_consumer, later": waiting(needOf("slow_consumer", 700), 1, 700),
    "reset large_revision": fetching(needOf("large_revision"), true),
    "reset future": fetching(needOf("future"), true),
    "reset hash_mismatch": fetching(needOf("hash_mismatch"), true),
    "reset scope_changed": fetching(needOf("scope_changed"), false, close),
    "reset draining": waiting(undefined, 0, 700),
    "reset unauthenticated": waiting(undefined, 2, 0),
    fetched: undefined,
    ended: waiting(undefined, 2, 0),
    silent: waiting(undefined, 2, 0),
    failed: waiting(undefined, 2, 0),
    "failed, later": waiting(undefined, 2, 3_000),
    refused: stopped(denied),
    elapsed: undefined,
    stop: stopped(),
  },
  "resetting, open": {
    ...NOTHING,
    fetched: live(8, 1, fetchedItem(gap)),
    failed: waiting(gap, 2, 0),
    "failed, later": waiting(gap, 2, 3_000),
    refused: stopped(denied),
    stop: stopped(),
  },
  "resetting, closed": {
    ...NOTHING,
    fetched: afterFetch(gap),
    failed: waiting(gap, 2, 0),
    "failed, later": waiting(gap, 2, 3_000),
    refused: stopped(denied),
    stop: stopped(),
  },
  "resetting, first": {
    ...NOTHING,
    fetched: afterFetch(start),
    failed: stopped(error),
    "failed, later": stopped(error),
    refused: stopped(denied),
    stop: stopped(),
  },
  "backing off to connect": { ...NOTHING, elapsed: connecting(5, 1), stop: stopped() },
  "backing off to fetch": { ...NOTHING, elapsed: fetching(gap, false), stop: stopped() },
  stopped: NOTHING,
};

describe.each(Object.entries(TABLE))("a watch that is %s", (stateName, row) => {
  const state = STATES[stateName as StateName]; // the names of the table are its states

  test.each(Object.entries(row))("hears %s", (signalName, expected) => {
    const signal = SIGNALS[signalName as SignalName]; // and its signals

    const step = transition(state, signal);

    expect(step).toEqual(expected ?? { state, effects: [] });
  });
});

test("the table speaks of every state and every signal by its name", () => {
  const states = Object.entries(ROWS).flatMap(([name, rows]) => rows.map((row) => [row, name]));
  const signals = Object.entries(COLUMNS).flatMap(([type, all]) => all.map((one) => [one, type]));

  expect(states).toEqual(Object.entries(STATES).map(([row, { name }]) => [row, name]));
  expect(signals).toEqual(Object.entries(SIGNALS).map(([column, { type }]) => [column, type]));
});

test("LAW-03 a watch from a known revision begins with the stream after it", () => {
  expect(begin(5)).toEqual(connecting(5, 0));
});

test("a watch from nowhere begins with the whole state", () => {
  expect(begin(undefined)).toEqual({
    state: { name: "resetting", cursor: 0, failures: 0, need: start, isOpen: false },
    effects: [{ type: "fetch", minRevision: undefined }],
  });
});

test("a reason of a later version is a gap like the others", () => {
  const later = reset("moved_to_the_moon" as ResetReason);

  const { state } = transition(STATES.live, { type: "reset", event: later });

  expect(state).toMatchObject({ name: "resetting", need: { minRevision: 9 } });
});

test("STR-05 from the third failure in a row on the state is asked for before the stream", () => {
  const twice = { name: "connecting", cursor: 5, failures: 2 } as const;

  const { state } = transition(twice, SIGNALS.failed);

  expect(state).toEqual({ name: "backing-off", cursor: 5, failures: 3, need: poll });
});

test("after a poll the next stream is tried, and the failures go on being counted", () => {
  const polling = { name: "resetting", cursor: 5, failures: 4, need: poll, isOpen: false } as const;

  const { state } = transition(polling, SIGNALS.fetched);

  expect(state).toEqual({ name: "connecting", cursor: 8, failures: 4 });
});
