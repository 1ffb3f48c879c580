import type { AgentBody, Fleet } from "@llmcfg/protocol";
import type { Clock } from "../configs/ports.ts";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Caller, Policy } from "../policy/ports.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import { selectAgents } from "./list-agents.ts";

export interface FleetDeps {
  readonly registry: Pick<AgentRegistry, "list" | "revision" | "nextReport" | "propagationSeconds">;
  readonly environments: EnvironmentReader;
  readonly policy: Pick<Policy, "requireBelow">;
  readonly clock: Clock;
}

export interface ReadFleet {
  readonly caller: Caller;
  readonly env: string | undefined;
  readonly service: string | undefined;
  /** The revision to count by; default: what each agent should have. */
  readonly revision: number | undefined;
  /** Share of the agents, 0 to 1, that have to have applied it before the answer is given. */
  readonly until: number | undefined;
  readonly waitMs: number;
}

/**
 * How far a revision has come, once it has come as far as was asked, or after `waitMs`.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`
 */
export async function readFleet(
  deps: FleetDeps,
  query: ReadFleet,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Fleet> {
  deps.policy.requireBelow(query.caller, "agent:read", { kind: "tenant" });
  const timeout = AbortSignal.timeout(query.waitMs);
  const signal =
    options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  for (;;) {
    const fleet = await count(deps, query);
    const isFar = query.until === undefined || fleet.applied >= fleet.total * query.until;
    if (isFar || signal.aborted) return fleet;
    await deps.registry.nextReport(signal);
  }
}

async function count(deps: FleetDeps, query: ReadFleet): Promise<Fleet> {
  const { tenant } = query.caller;
  const agents = await selectAgents(deps, query);
  const connected = agents.filter((agent) => agent.connected);
  const has = (agent: AgentBody) => hasApplied(agent, query.revision);
  const applied = connected.filter(has);
  const rest = connected.filter((agent) => !has(agent));
  const failed = rest.filter(({ sync }) => sync === "Failed").length;
  const applying = rest.filter(({ sync }) => sync === "Applying").length;
  return {
    revision: query.revision ?? (await deps.registry.revision(tenant)),
    total: connected.length,
    applied: applied.length,
    applying,
    failed,
    pending: rest.length - failed - applying,
    gone: agents.length - connected.length,
    oldestPendingSeconds: oldestPending(rest, deps.clock.nowMs()),
    propagation: percentiles(deps.registry.propagationSeconds),
    converged: applied.length === connected.length,
    byRevision: byRevision(connected),
  };
}

function hasApplied({ desired, effective }: AgentBody, revision: number | undefined): boolean {
  if (effective === null) return false;
  if (effective.hash === desired?.hash) return true;
  return revision !== undefined && effective.revision >= revision;
}

function oldestPending(agents: readonly AgentBody[], nowMs: number): number {
  const since = agents.flatMap(({ desired }) => (desired === null ? [] : Date.parse(desired.at)));
  return since.length === 0 ? 0 : Math.max(0, Math.round((nowMs - Math.min(...since)) / 1_000));
}

function percentiles(seconds: readonly number[]): Fleet["propagation"] {
  if (seconds.length === 0) return { p50Seconds: null, p99Seconds: null };
  const sorted = seconds.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? null;
  return { p50Seconds: at(0.5), p99Seconds: at(0.99) };
}

function byRevision(agents: readonly AgentBody[]): Fleet["byRevision"] {
  const counts = new Map<number, number>();
  for (const { effective } of agents) {
    if (effective === null) continue;
    counts.set(effective.revision, (counts.get(effective.revision) ?? 0) + 1);
  }
  return [...counts]
    .map(([revision, count]) => ({ revision, agents: count }))
    .toSorted((a, b) => b.revision - a.revision);
}
