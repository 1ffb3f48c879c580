/**
 * When a watch connects, waits, asks for a whole state, and stops: a pure function. What is in
 * `SPEC.md` beside it is what this does.
 *
 * @module
 */

import type { LlmcfgError } from "@llmcfg/core";
import type { ChangedEvent, HeartbeatEvent, ResetEvent } from "@llmcfg/protocol";
import type { BundleState } from "../bundle/bundle-state.ts";
import type { StateCause, WatchItem } from "./watch-item.ts";

/** What every state but the last remembers. */
export interface Progress {
  /** The newest revision that was delivered or proven; the next ones are asked for after it. */
  readonly cursor: number;
  /** Attempts that failed since the last message of a stream. */
  readonly failures: number;
}

/** A whole state that is needed, and why. */
export interface Need {
  readonly cause: StateCause;
  /** The state must not be older. */
  readonly minRevision: number | undefined;
  readonly event: ResetEvent | undefined;
}

export type WatchState =
  /** A stream was asked for. */
  | (Progress & { readonly name: "connecting" })
  /** A stream is read. */
  | (Progress & { readonly name: "live" })
  /** A whole state was asked for; `isOpen`: a stream waits unread, and goes on after it. */
  | (Progress & { readonly name: "resetting"; readonly need: Need; readonly isOpen: boolean })
  /** Nothing is open; afterwards a stream is asked for, or first a whole state. */
  | (Progress & { readonly name: "backing-off"; readonly need: Need | undefined })
  | { readonly name: "stopped" };

export type WatchSignal =
  | { readonly type: "opened" }
  | { readonly type: "changed"; readonly event: ChangedEvent }
  /** `event.hash` is that of the local state, or there is none to compare it with. */
  | { readonly type: "heartbeat"; readonly event: HeartbeatEvent }
  /** `event.hash` is not that of the local state. */
  | { readonly type: "mismatch"; readonly event: HeartbeatEvent }
  | { readonly type: "reset"; readonly event: ResetEvent }
  | { readonly type: "fetched"; readonly state: BundleState }
  /** The stream ended as streams do. */
  | { readonly type: "ended" }
  /** Nothing came for longer than a living server is silent. */
  | { readonly type: "silent" }
  /** What was tried went wrong in a way that may pass. */
  | { readonly type: "failed"; readonly error: LlmcfgError; readonly retryAfterMs: number }
  /** What was tried is not allowed, or does not exist. */
  | { readonly type: "refused"; readonly error: LlmcfgError }
  /** The wait is over. */
  | { readonly type: "elapsed" }
  | { readonly type: "stop" };

export type WatchEffect =
  | { readonly type: "connect"; readonly from: number }
  | { readonly type: "close" }
  | { readonly type: "fetch"; readonly minRevision: number | undefined }
  /** For `atLeastMs` and a jittered time that grows with `failures`. */
  | { readonly type: "wait"; readonly atLeastMs: number; readonly failures: number }
  | { readonly type: "deliver"; readonly item: WatchItem }
  | { readonly type: "count"; readonly what: "repeated" | "mismatch" }
  | { readonly type: "finish"; readonly error: LlmcfgError | undefined };

export interface Step {
  readonly state: WatchState;
  readonly effects: readonly WatchEffect[];
}

/** After so many failures in a row the state is asked for before the next stream is. */
const POLL_AFTER_FAILURES = 3;

/** The first step: from a revision whose state is known, else with a whole state. */
export function begin(from: number | undefined): Step {
  if (from !== undefined) return connect({ cursor: from, failures: 0 });
  const need: Need = { cause: "start", minRevision: undefined, event: undefined };
  return fetchState({ cursor: 0, failures: 0 }, need, false);
}

/** What a signal makes of a state. A signal that a state does not expect changes nothing. */
export function transition(state: WatchState, signal: WatchSignal): Step {
  if (state.name === "stopped") return stay(state);
  if (signal.type === "stop") return stopped(undefined);
  if (signal.type === "refused" && state.name !== "backing-off") return stopped(signal.error);
  switch (state.name) {
    case "connecting":
      return whileConnecting(state, signal);
    case "live":
      return whileLive(state, signal);
    case "resetting":
      return whileResetting(state, signal);
    case "backing-off":
      return signal.type === "elapsed" ? resume(state) : stay(state);
  }
}

type In<Name extends WatchState["name"]> = Extract<WatchState, { readonly name: Name }>;

function whileConnecting(state: In<"connecting">, signal: WatchSignal): Step {
  if (signal.type === "opened") return stay({ ...state, name: "live" });
  if (signal.type === "failed") return retry(state, signal.retryAfterMs);
  return stay(state);
}

function whileLive(state: In<"live">, signal: WatchSignal): Step {
  switch (signal.type) {
    case "changed":
      return advance(state, signal.event.revision, { kind: "changed", event: signal.event });
    case "heartbeat":
      return advance(state, signal.event.revision, { kind: "heartbeat", event: signal.event });
    case "mismatch":
      return onMismatch(state, signal.event);
    case "reset":
      return onReset(state, signal.event);
    case "ended":
    case "silent":
      return retry(state, 0);
    case "failed":
      return retry(state, signal.retryAfterMs);
    case "opened":
    case "fetched":
    case "elapsed":
    case "refused":
    case "stop":
      return stay(state);
  }
}

function whileResetting(state: In<"resetting">, signal: WatchSignal): Step {
  const { need } = state;
  if (signal.type === "failed") {
    const isFirst = need.cause === "start";
    return isFirst ? stopped(signal.error) : retry(state, signal.retryAfterMs, need);
  }
  if (signal.type !== "fetched") return stay(state);

  const { cause, event } = need;
  const progress = { cursor: signal.state.reflects, failures: state.failures };
  const next = state.isOpen ? stay({ ...progress, name: "live" }) : connect(progress);
  const item: WatchItem = { kind: "state", cause, state: signal.state, event };
  return { ...next, effects: [{ type: "deliver", item }, ...next.effects] };
}

/** A revision comes once: what is not newer than the cursor was there already. */
function advance(state: In<"live">, revision: number, item: WatchItem): Step {
  const isNew = item.kind === "changed" ? revision > state.cursor : revision >= state.cursor;
  if (isNew) {
    const next = { ...state, cursor: revision, failures: 0 };
    return { state: next, effects: [{ type: "deliver", item }] };
  }
  const isRepeated = item.kind === "changed";
  return { state, effects: isRepeated ? [{ type: "count", what: "repeated" }] : [] };
}

/** Something was lost or changed on the way: only a whole state mends that. */
function onMismatch(state: In<"live">, { revision }: HeartbeatEvent): Step {
  if (revision < state.cursor) return stay(state); // of before a state that was fetched since
  const need: Need = { cause: "hash_mismatch", minRevision: revision, event: undefined };
  const { state: next, effects } = fetchState(state, need, true);
  return { state: next, effects: [{ type: "count", what: "mismatch" }, ...effects] };
}

function onReset(state: In<"live">, event: ResetEvent): Step {
  const { reason, revision, retryAfterMs } = event;
  const need: Need = { cause: reason, minRevision: revision, event };
  switch (reason) {
    case "draining": // no gap: another server goes on from the cursor
      return closed(pause({ ...state, failures: 0 }, undefined, retryAfterMs));
    case "unauthenticated": // a new stream is told why
      return retry(state, retryAfterMs);
    case "scope_changed": // the server ends this stream; a new one shows what is still allowed
      return closed(fetchState(state, need, false));
    case "compacted":
    case "bad_cursor":
    case "slow_consumer":
    case "large_revision":
    case "future":
    case "hash_mismatch":
      return retryAfterMs > 0
        ? closed(pause(state, need, retryAfterMs))
        : fetchState(state, need, true);
    default: // a reason of a later version is a gap like the others
      return fetchState(state, need, true);
  }
}

function resume(state: In<"backing-off">): Step {
  return state.need === undefined ? connect(state) : fetchState(state, state.need, false);
}

/** Closes what is open, waits, and tries again; polls first once streams keep failing. */
function retry(state: Progress, retryAfterMs: number, need?: Need): Step {
  const failures = state.failures + 1;
  const poll: Need = { cause: "poll", minRevision: undefined, event: undefined };
  const next = need ?? (failures >= POLL_AFTER_FAILURES ? poll : undefined);
  return closed(pause({ cursor: state.cursor, failures }, next, retryAfterMs));
}

function pause({ cursor, failures }: Progress, need: Need | undefined, atLeastMs: number): Step {
  return {
    state: { name: "backing-off", cursor, failures, need },
    effects: [{ type: "wait", atLeastMs, failures }],
  };
}

function connect({ cursor, failures }: Progress): Step {
  return {
    state: { name: "connecting", cursor, failures },
    effects: [{ type: "connect", from: cursor }],
  };
}

function fetchState({ cursor, failures }: Progress, need: Need, isOpen: boolean): Step {
  return {
    state: { name: "resetting", cursor, failures, need, isOpen },
    effects: [{ type: "fetch", minRevision: need.minRevision }],
  };
}

function closed({ state, effects }: Step): Step {
  return { state, effects: [{ type: "close" }, ...effects] };
}

function stopped(error: LlmcfgError | undefined): Step {
  return { state: { name: "stopped" }, effects: [{ type: "close" }, { type: "finish", error }] };
}

function stay(state: WatchState): Step {
  return { state, effects: [] };
}
