/**
 * When a signalled change becomes a reload: see SPEC.md beside this file.
 *
 * @module
 */

import type { Trigger } from "./trigger.ts";

export interface MachineOptions {
  readonly debounceMs: number;
  /** From the first change to the reload, however many follow. */
  readonly maxWaitMs: number;
  readonly tokensPerMinute: number;
  readonly burst: number;
}

/** Something may have changed. */
export interface Change {
  readonly trigger: Trigger;
  /** The content is complete and ordered: no debounce, no rate limit. */
  readonly whole: boolean;
}

export type Phase =
  | { readonly name: "quiet" }
  | { readonly name: "settling"; readonly sinceMs: number; readonly trigger: Trigger }
  | { readonly name: "held"; readonly trigger: Trigger }
  | { readonly name: "reloading"; readonly isMetered: boolean; readonly next: Next | undefined }
  | { readonly name: "backing_off" }
  | { readonly name: "stopped" };

/** What changed while a reload runs. */
export interface Next extends Change {
  readonly sinceMs: number;
}

export interface MachineState {
  readonly phase: Phase;
  readonly bucket: { readonly tokens: number; readonly atMs: number };
  /** Reloads in a row that failed, or were partial, for a reason that may pass. */
  readonly failures: number;
}

export type MachineEvent =
  | (Change & { readonly type: "changed" })
  | { readonly type: "timer" }
  | { readonly type: "finished"; readonly outcome: Outcome }
  /** A reload that was not asked for here ended as `transient` or `partial`. */
  | { readonly type: "try_again" }
  | { readonly type: "stop" };

/**
 * How a reload ended. `transient`: it may come to more later with the same content. `partial`: it
 * found changed content, though a source could not be asked.
 */
export type Outcome = "changed" | "partial" | "unchanged" | "transient";

export type Effect =
  | { readonly type: "reload"; readonly trigger: Trigger }
  /** Sets the one timer, in place of what it was set to. `isSpread`: a part of it is left to chance. */
  | { readonly type: "wait"; readonly ms: number; readonly isSpread?: true }
  | { readonly type: "cancel" }
  /** Tells whoever listens that a reload waits for the rate. */
  | { readonly type: "defer"; readonly trigger: Trigger };

export interface Step {
  readonly state: MachineState;
  readonly effects: readonly Effect[];
}

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;

export function initialState(options: MachineOptions, nowMs: number): MachineState {
  return { phase: { name: "quiet" }, bucket: { tokens: options.burst, atMs: nowMs }, failures: 0 };
}

export function step(
  state: MachineState,
  event: MachineEvent,
  options: MachineOptions,
  nowMs: number,
): Step {
  const machine = { state: refill(state, options, nowMs), options, nowMs };
  if (state.phase.name === "stopped") return stay(machine);
  switch (event.type) {
    case "changed":
      return event.whole ? changedWhole(machine, event) : changed(machine, event);
    case "timer":
      return elapsed(machine);
    case "finished":
      return finished(machine, event.outcome);
    case "try_again":
      return state.phase.name === "quiet" ? backOff(failedOnce(machine)) : stay(machine);
    case "stop":
      return go(machine, { name: "stopped" }, { type: "cancel" });
  }
}

interface Machine {
  readonly state: MachineState;
  readonly options: MachineOptions;
  readonly nowMs: number;
}

function changed(machine: Machine, { trigger, whole }: Change): Step {
  const { nowMs, state } = machine;
  const { phase } = state;
  switch (phase.name) {
    case "quiet":
    case "backing_off":
      return settle(machine, { trigger, sinceMs: nowMs });
    case "settling":
      return settle(machine, phase);
    case "reloading": {
      const next = phase.next ?? { trigger, whole, sinceMs: nowMs };
      return go(machine, { ...phase, next });
    }
    case "held":
    case "stopped":
      return stay(machine);
  }
}

function changedWhole(machine: Machine, { trigger }: Change): Step {
  const { nowMs, state } = machine;
  const { phase } = state;
  switch (phase.name) {
    case "quiet":
    case "backing_off":
      return reload(machine, { trigger, isMetered: false });
    case "settling":
      return reload(machine, { trigger, isMetered: false, next: { ...phase, whole: false } });
    case "held": {
      const next = { trigger: phase.trigger, whole: false, sinceMs: nowMs };
      return reload(machine, { trigger, isMetered: false, next });
    }
    case "reloading": {
      const sinceMs = phase.next?.sinceMs ?? nowMs;
      return go(machine, { ...phase, next: { trigger, whole: true, sinceMs } });
    }
    case "stopped":
      return stay(machine);
  }
}

function elapsed(machine: Machine): Step {
  const { phase, bucket } = machine.state;
  switch (phase.name) {
    case "settling":
    case "held":
      if (bucket.tokens >= 1) return reload(machine, { trigger: phase.trigger, isMetered: true });
      return hold(machine, phase);
    case "backing_off":
      return reload(machine, { trigger: "retry", isMetered: false });
    case "quiet":
    case "reloading":
    case "stopped":
      return stay(machine);
  }
}

function finished(machine: Machine, outcome: Outcome): Step {
  const { phase, bucket, failures } = machine.state;
  if (phase.name !== "reloading") return stay(machine);
  const hasChanged = outcome === "changed" || outcome === "partial";
  const isComplete = outcome === "changed" || outcome === "unchanged";
  const tokens = phase.isMetered && hasChanged ? Math.max(0, bucket.tokens - 1) : bucket.tokens;
  const spent = { ...machine.state, bucket: { ...bucket, tokens } };
  const after = { ...machine, state: { ...spent, failures: isComplete ? 0 : failures + 1 } };
  const { next } = phase;
  if (next?.whole === true) return reload(after, { trigger: next.trigger, isMetered: false });
  if (next !== undefined) return settle(after, { trigger: next.trigger, sinceMs: machine.nowMs });
  return isComplete ? go(after, { name: "quiet" }) : backOff(after);
}

function failedOnce(machine: Machine): Machine {
  const { state } = machine;
  return { ...machine, state: { ...state, failures: state.failures + 1 } };
}

/** By the failures so far, of which there is one at least. */
function backOff(machine: Machine): Step {
  const { failures } = machine.state;
  const ms = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), MAX_BACKOFF_MS);
  return go(machine, { name: "backing_off" }, { type: "wait", ms, isSpread: true });
}

function settle(
  machine: Machine,
  { trigger, sinceMs }: { readonly trigger: Trigger; readonly sinceMs: number },
): Step {
  const { options, nowMs } = machine;
  const ms = Math.max(0, Math.min(options.debounceMs, sinceMs + options.maxWaitMs - nowMs));
  return go(machine, { name: "settling", sinceMs, trigger }, { type: "wait", ms });
}

function hold(machine: Machine, phase: Phase & { readonly trigger: Trigger }): Step {
  const { options, state } = machine;
  const msPerToken = 60_000 / options.tokensPerMinute;
  const ms = Math.ceil((1 - state.bucket.tokens) * msPerToken);
  const wait = { type: "wait", ms } as const;
  if (phase.name === "held") return go(machine, phase, wait);
  const { trigger } = phase;
  return go(machine, { name: "held", trigger }, { type: "defer", trigger }, wait);
}

function reload(
  machine: Machine,
  about: { readonly trigger: Trigger; readonly isMetered: boolean; readonly next?: Next },
): Step {
  const { trigger, isMetered, next } = about;
  return go(
    machine,
    { name: "reloading", isMetered, next },
    { type: "cancel" },
    { type: "reload", trigger },
  );
}

function refill(state: MachineState, options: MachineOptions, nowMs: number): MachineState {
  const { tokens, atMs } = state.bucket;
  const gained = ((nowMs - atMs) * options.tokensPerMinute) / 60_000;
  const bucket = { tokens: Math.min(options.burst, tokens + Math.max(0, gained)), atMs: nowMs };
  return { ...state, bucket };
}

function go({ state }: Machine, phase: Phase, ...effects: readonly Effect[]): Step {
  return { state: { ...state, phase }, effects };
}

function stay({ state }: Machine): Step {
  return { state, effects: [] };
}
