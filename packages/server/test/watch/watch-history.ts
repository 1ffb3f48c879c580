/**
 * What a consumer was told over its life, and the nine checks of LAW-03 over it.
 *
 * @module
 */

import type { ChangedEvent, HeartbeatEvent, WatchEvent } from "@llmcfg/protocol";
import type { BundleOracle, OracleChange } from "./bundle-oracle.ts";

/** One connection: from which revision it went on, and what it was told. */
export interface Connection {
  readonly start: number;
  readonly events: readonly WatchEvent[];
}

export interface History {
  readonly env: string;
  readonly isSeen: (path: string) => boolean;
  readonly connections: readonly Connection[];
}

export type Check =
  | "ordered"
  | "unique"
  | "reliable"
  | "atomic"
  | "resumable"
  | "bookmark"
  | "hash"
  | "filter"
  | "content";

/** Which of the checks a history does not pass. */
export function violationsOf(history: History, oracle: BundleOracle): ReadonlySet<Check> {
  const found = new Set<Check>();
  const told = history.connections.flatMap(({ events }) => events);
  checkOrder(history.connections, found);
  checkEvents(history, oracle, told.filter(isChange), found);
  checkHeartbeats(history, oracle, told, found);
  checkResumption(history, oracle, found);
  return found;
}

/** `from` of the very first connection; what is asked for is all after it. */
function firstStart({ connections }: History): number {
  return connections[0]?.start ?? 1;
}

function checkOrder(connections: readonly Connection[], found: Set<Check>): void {
  const revisions = connections
    .flatMap(({ events }) => events.filter(isChange))
    .map((e) => e.revision);
  for (const [i, revision] of revisions.entries()) {
    const last = revisions[i - 1] ?? 0;
    if (revision < last) found.add("ordered");
  }
  if (new Set(revisions).size < revisions.length) found.add("unique");
}

function checkEvents(
  history: History,
  oracle: BundleOracle,
  told: readonly ChangedEvent[],
  found: Set<Check>,
): void {
  const byRevision = Map.groupBy(told, ({ revision }) => revision);
  for (let revision = firstStart(history) + 1; revision <= oracle.head; revision++) {
    const expected = oracle.changes(history.env, history.isSeen, revision);
    const [event] = byRevision.get(revision) ?? [];
    if (expected.length > 0 && event === undefined) found.add("reliable");
    if (event !== undefined) checkOne(event, expected, history, found);
  }
}

function checkOne(
  event: ChangedEvent,
  expected: readonly OracleChange[],
  { isSeen }: History,
  found: Set<Check>,
): void {
  const paths = event.changes.map(({ path }) => path);
  if (!paths.every(isSeen)) found.add("filter");
  if (expected.some(({ path }) => !paths.includes(path))) found.add("atomic");
  for (const { op, path, version, layer, hash } of event.changes.filter((c) => isSeen(c.path))) {
    const right = expected.find((change) => change.path === path);
    const isRight = JSON.stringify(right) === JSON.stringify({ op, path, version, layer, hash });
    const isSorted = JSON.stringify(paths) === JSON.stringify(paths.toSorted());
    if (!isRight || !isSorted) found.add("content");
  }
}

/** A heartbeat says: all up to here was told, and this is what it comes to. */
function checkHeartbeats(
  { env, isSeen }: History,
  oracle: BundleOracle,
  told: readonly WatchEvent[],
  found: Set<Check>,
): void {
  for (const [i, event] of told.entries()) {
    if (event.type !== "heartbeat") continue;
    const later = told.slice(i + 1).filter(isChange);
    if (later.some(({ revision }) => revision <= event.revision)) found.add("bookmark");
    if (event.hash !== oracle.hash(env, isSeen, event.revision)) found.add("hash");
  }
}

/** A connection begins with what its cursor has missed, and nothing that it has not. */
function checkResumption(history: History, oracle: BundleOracle, found: Set<Check>): void {
  for (const { start, events } of history.connections) {
    const begun = events.findIndex(isHeartbeat);
    const missed = events.slice(0, Math.max(0, begun)).filter(isChange);
    const upTo = events.find(isHeartbeat)?.revision ?? start;
    const expected = [];
    for (let revision = start + 1; revision <= upTo; revision++) {
      if (oracle.changes(history.env, history.isSeen, revision).length > 0) expected.push(revision);
    }
    const revisions = missed.map(({ revision }) => revision);
    if (JSON.stringify(revisions) !== JSON.stringify(expected)) found.add("resumable");
  }
}

export function isChange(event: WatchEvent): event is ChangedEvent {
  return event.type === "config.changed" || event.type === "config.deleted";
}

export function isHeartbeat(event: WatchEvent): event is HeartbeatEvent {
  return event.type === "heartbeat";
}
