/**
 * An agent by its last report, and what follows from that.
 *
 * @module
 */

import { formatTime, type Revision } from "@llmcfg/core";
import type { AgentBody, AgentError, AgentReport, AgentSync } from "@llmcfg/protocol";
import type { BundleState, FollowedBundle } from "../watch/ports.ts";

/** After so long without a report it is not known what an agent does. */
export const LEASE_MS = 45_000;

/** Replaced by the next report, never changed. */
export interface KnownAgent {
  readonly id: string;
  /** The principal whose reports it takes while its lease lasts. */
  readonly owner: string;
  /** The rights it reported with; see `Access.key`. */
  readonly accessKey: string;
  readonly report: AgentReport;
  /** What it should have, as the agent itself may see it. */
  readonly desired: FollowedBundle;
  /** Stays until something was applied since. */
  readonly lastError: AgentError | null;
  /** When its lease began, without a break since. */
  readonly connectedAtMs: number;
  /** The tenant's revision then: it was not there when this one was made, only for later ones. */
  readonly connectedAt: Revision;
  readonly lastContactAtMs: number;
  /** By a clock that never jumps: what the lease is measured with. */
  readonly lastContactMonoMs: number;
  /** How long the newest bundle revision took from commit to applied, where that was seen. */
  readonly propagation: { readonly revision: Revision; readonly seconds: number } | undefined;
}

export function isConnected(agent: KnownAgent, monoMs: number): boolean {
  return monoMs - agent.lastContactMonoMs <= LEASE_MS;
}

/** `Failed` speaks of what it should have now: a refusal of something older is `OutOfSync`. */
export function syncOf(agent: KnownAgent, monoMs: number): AgentSync {
  if (!isConnected(agent, monoMs)) return "Unknown";
  const { state, attempted, effective, freshness } = agent.report;
  const { hash } = agent.desired.current;
  if (effective?.hash !== hash) {
    if (state === "APPLYING") return "Applying";
    return attempted?.hash === hash && agent.lastError !== null ? "Failed" : "OutOfSync";
  }
  return freshness === "FRESH" ? "Synced" : "Degraded";
}

/** What an error becomes with a report: whoever applied its revision or a later one is over it. */
export function lastErrorAfter(
  before: AgentError | null,
  { state, effective, lastError }: AgentReport,
): AgentError | null {
  const error = lastError ?? before;
  const isOver =
    state === "APPLIED" && error !== null && (effective?.revision ?? 0) >= error.revision;
  return isOver ? null : error;
}

/**
 * Whether it works with what it should have had at a revision, or with something later.
 *
 * @param should what its bundle was then; `undefined` where that is not known any more
 */
export function hasReached(
  { report: { effective } }: KnownAgent,
  should: BundleState | undefined,
  revision: Revision,
): boolean {
  if (effective === null) return false;
  if (should === undefined) return effective.revision >= revision;
  return effective.hash === should.hash || effective.revision > should.revision;
}

/** The form of answers. */
export function toAgentBody(agent: KnownAgent, region: string, monoMs: number): AgentBody {
  const { report, desired, lastError } = agent;
  const { revision, hash, changedAtMs } = desired.current;
  const { effective } = report;
  const lag = effective?.hash === hash ? 0 : Math.max(0, revision - (effective?.revision ?? 0));
  return {
    id: agent.id,
    kind: report.kind,
    node: report.node,
    region,
    version: report.version,
    scope: report.scope,
    state: report.state,
    sync: syncOf(agent, monoMs),
    desired: { revision, hash, at: formatTime(changedAtMs) },
    attempted: report.attempted,
    effective,
    lastError,
    lagRevisions: lag,
    connected: isConnected(agent, monoMs),
    freshness: report.freshness,
    lastContactAt: formatTime(agent.lastContactAtMs),
    pendingRestart: report.pendingRestart,
    labels: report.labels,
  };
}
