import type { ManagerStatus, SourceStatus } from "../config-manager.ts";
import type { Hold } from "../history/holds.ts";
import type { SourceState } from "../load/source-state.ts";
import type { Version } from "../reload/version.ts";
import type { ManagerHealth } from "./health.ts";
import type { WatchStates } from "./watch-states.ts";

export interface StatusInput<T> {
  readonly health: ManagerHealth;
  readonly version: Version<T>;
  readonly holds: readonly Hold[];
  readonly draining: readonly string[];
  /** Sources whose holds outlast the process. */
  readonly durableHolds: ReadonlySet<string>;
  readonly isFallback: boolean;
  readonly watching: WatchStates;
}

export function managerStatus<T>(input: StatusInput<T>): ManagerStatus {
  const { health, version, holds, draining, durableHolds, isFallback, watching } = input;
  const { reasons, lastReload } = health;
  return {
    health: reasons.length === 0 ? "ok" : "degraded",
    reasons,
    bootedFrom: isFallback ? "last_known_good" : "sources",
    lastReload,
    pendingRestart: version.effective.pending,
    holds: holds.map(({ source, since }) => {
      return { source, since, durable: durableHolds.has(source) };
    }),
    sources: version.origin.states.map((state) => sourceStatus(state, { health, watching })),
    warnings: version.warnings,
    draining,
  };
}

function sourceStatus(
  source: SourceState,
  { health, watching }: Pick<StatusInput<unknown>, "health" | "watching">,
): SourceStatus {
  const { ranked, staleSinceMs } = source;
  const { id, kind } = ranked;
  const refused = health.refused.find((one) => one.source === id);
  const condition = refused?.condition ?? source.condition;
  const stale = staleSinceMs === undefined ? {} : { staleSince: new Date(staleSinceMs) };
  const states = watching.statesOf(source);
  const watch = states.find(({ isAlive }) => isAlive) ?? states[0];
  return { id, kind, state: condition, ...stale, watching: watch?.mode ?? "none" };
}
