import type { ManagerStatus, SourceStatus } from "../config-manager.ts";
import type { Hold } from "../history/holds.ts";
import type { SourceState } from "../load/source-state.ts";
import type { Version } from "../reload/version.ts";
import type { ManagerHealth } from "./health.ts";

export interface StatusInput<T> {
  readonly health: ManagerHealth;
  readonly version: Version<T>;
  readonly holds: readonly Hold[];
  readonly draining: readonly string[];
  /** Sources whose holds outlast the process. */
  readonly durableHolds: ReadonlySet<string>;
  readonly isFallback: boolean;
  /** How changes are noticed; nothing before `start()`. */
  readonly watching: WatchModes | undefined;
}

/** How files are watched, and which sources of one's own are read at intervals. */
export interface WatchModes {
  readonly mode: "events" | "poll";
  readonly polledSources: ReadonlySet<string>;
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
    sources: version.origin.states.map((state) => sourceStatus(state, watching)),
    warnings: version.warnings,
    draining,
  };
}

function sourceStatus(
  { ranked, condition, staleSinceMs }: SourceState,
  watching: WatchModes | undefined,
): SourceStatus {
  const { id, kind, supply } = ranked;
  const stale = staleSinceMs === undefined ? {} : { staleSince: new Date(staleSinceMs) };
  const about = { id, kind, state: condition, ...stale };
  if (watching === undefined) return { ...about, watching: "none" };
  if (supply.type === "file") return { ...about, watching: watching.mode };
  if (supply.type !== "foreign") return { ...about, watching: "none" };
  return { ...about, watching: watching.polledSources.has(id) ? "poll" : "stream" };
}
