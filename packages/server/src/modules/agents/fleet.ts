/**
 * How far a revision has come, counted over agents.
 *
 * @module
 */

import type { Revision } from "@llmcfg/core";
import type { Fleet } from "@llmcfg/protocol";
import type { BundleState } from "../watch/ports.ts";
import { hasReached, isConnected, type KnownAgent, syncOf } from "./known-agent.ts";

export interface FleetMoment {
  /** The revision to count by; `undefined`: what each should have now. */
  readonly revision: Revision | undefined;
  /** The newest one: what the answer reflects where none was asked for. */
  readonly head: Revision;
  readonly nowMs: number;
  readonly monoMs: number;
}

type Bucket = "applied" | "applying" | "failed" | "pending" | "gone";

/** @param agents those that count, whatever became of them since */
export function countFleet(agents: readonly KnownAgent[], moment: FleetMoment): Fleet {
  const buckets = Map.groupBy(agents, (agent) => bucketOf(agent, moment));
  const count = (bucket: Bucket) => buckets.get(bucket)?.length ?? 0;
  const missing = agents.length - count("applied") - count("gone");
  return {
    revision: moment.revision ?? moment.head,
    total: agents.length,
    applied: count("applied"),
    applying: count("applying"),
    failed: count("failed"),
    pending: count("pending"),
    gone: count("gone"),
    oldestPendingSeconds: oldestPendingSeconds(buckets, moment),
    propagation: percentilesOf(agents, moment),
    converged: missing === 0,
    byRevision: byRevision(agents, moment),
  };
}

/** Whether the agent has what is counted by. */
export function hasApplied(
  agent: KnownAgent,
  { revision }: Pick<FleetMoment, "revision">,
): boolean {
  if (revision === undefined) return agent.report.effective?.hash === agent.desired.current.hash;
  return hasReached(agent, agent.desired.at(revision), revision);
}

/** Who is gone has what it had: it counts as applied only where a revision is asked for. */
function bucketOf(agent: KnownAgent, moment: FleetMoment): Bucket {
  const isHere = isConnected(agent, moment.monoMs);
  if (hasApplied(agent, moment) && (isHere || moment.revision !== undefined)) return "applied";
  if (!isHere) return "gone";
  const sync = syncOf(agent, moment.monoMs);
  if (sync === "Failed") return "failed";
  return sync === "Applying" ? "applying" : "pending";
}

/** What the agent should have, at the revision that is counted by. */
function shouldHave(agent: KnownAgent, { revision }: FleetMoment): BundleState {
  const { desired } = agent;
  return (revision === undefined ? undefined : desired.at(revision)) ?? desired.current;
}

function oldestPendingSeconds(
  buckets: ReadonlyMap<Bucket, readonly KnownAgent[]>,
  moment: FleetMoment,
): number {
  const waiting = (["applying", "failed", "pending"] as const).flatMap((b) => buckets.get(b) ?? []);
  const since = waiting.map((agent) =>
    Math.max(shouldHave(agent, moment).changedAtMs, agent.connectedAtMs),
  );
  return since.length === 0 ? 0 : Math.max(0, (moment.nowMs - Math.min(...since)) / 1_000);
}

/** Of those that were there when what they should have was made: from commit to applied. */
function percentilesOf(agents: readonly KnownAgent[], moment: FleetMoment): Fleet["propagation"] {
  const seconds = agents.flatMap((agent) => {
    const { propagation } = agent;
    const isAsked =
      moment.revision === undefined || propagation?.revision === shouldHave(agent, moment).revision;
    return propagation !== undefined && isAsked ? [propagation.seconds] : [];
  });
  const sorted = seconds.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? null;
  return { p50Seconds: at(0.5), p99Seconds: at(0.99) };
}

/** What those who are here work with, the newest first. */
function byRevision(agents: readonly KnownAgent[], { monoMs }: FleetMoment): Fleet["byRevision"] {
  const counts = new Map<Revision, number>();
  for (const agent of agents) {
    const revision = agent.report.effective?.revision;
    if (revision === undefined || !isConnected(agent, monoMs)) continue;
    counts.set(revision, (counts.get(revision) ?? 0) + 1);
  }
  return [...counts]
    .map(([revision, count]) => ({ revision, agents: count }))
    .toSorted((a, b) => b.revision - a.revision);
}
