/**
 * The use cases of agents over the watch hub and the memory adapters, with clocks that tests move.
 *
 * @module
 */

import { LlmcfgError } from "@llmcfg/core";
import type { AgentError, AgentPoint, AgentReport } from "@llmcfg/protocol";
import { AgentRegistry } from "../../src/modules/agents/agent-registry.ts";
import type { ListDeps } from "../../src/modules/agents/list-agents.ts";
import type { FleetDeps } from "../../src/modules/agents/read-fleet.ts";
import { type ReportDeps, reportAgent } from "../../src/modules/agents/report-agent.ts";
import type { AuditEvent } from "../../src/modules/audit/ports.ts";
import { builtInPolicy } from "../../src/modules/policy/built-in-policy.ts";
import type { Caller } from "../../src/modules/policy/ports.ts";
import { callerWith, openWatchWorld, TENANT, type WatchWorld } from "../watch/open-watch-world.ts";

export interface AgentWorld extends AsyncDisposable {
  readonly watch: WatchWorld;
  readonly registry: AgentRegistry;
  readonly deps: ReportDeps & FleetDeps & ListDeps & { readonly registry: AgentRegistry };
  readonly recorded: AuditEvent[];
  readonly propagations: number[];
  isAuditAway: boolean;
  /** Lets time pass, by both clocks. */
  pass(ms: number): void;
  /** A report as an agent of `production/ml-service` sends it; `over` takes the place of its members. */
  report(id: string, over?: Partial<AgentReport>, caller?: Caller): ReturnType<typeof reportAgent>;
  /** What an agent should have now. */
  desired(): Promise<AgentPoint>;
}

export function openAgentWorld(): AgentWorld {
  const watch = openWatchWorld();
  let monoMs = 0;
  const propagations: number[] = [];
  const recorded: AuditEvent[] = [];
  const clock = { nowMs: () => watch.nowMs };
  const registry = new AgentRegistry({
    follower: watch.hub,
    clock,
    monotonic: { nowMs: () => monoMs },
    onPropagation: (seconds) => propagations.push(seconds),
  });
  const deps = {
    registry,
    environments: watch.deps.environments,
    policy: builtInPolicy,
    configStore: watch.stores.configs,
    clock,
    recorder: {
      record: async (_: string, events: readonly AuditEvent[]) => {
        if (world.isAuditAway) {
          throw new LlmcfgError("AUDIT_UNAVAILABLE", "the log is away", { retryAfter: 1 });
        }
        recorded.push(...events);
      },
    },
  };
  const world: AgentWorld = {
    watch,
    registry,
    deps,
    recorded,
    propagations,
    isAuditAway: false,
    pass(ms) {
      watch.nowMs += ms;
      monoMs += ms;
    },
    report: async (id, over = {}, caller = AGENT) =>
      await reportAgent(deps, { caller, id, report: reportOf(over) }),
    async desired() {
      const namespace = { env: "production", service: "ml-service", prefix: "" };
      const { revision, hash } = await watch.hub.state(AGENT, namespace);
      return { revision, hash, at: new Date(watch.nowMs).toISOString() };
    },
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await watch[Symbol.asyncDispose]();
    },
  };
  return world;
}

export const AGENT: Caller = withPrincipal("agent:gateway", ["agent"]);
export const VIEWER: Caller = callerWith(["viewer"]);

export function withPrincipal(principal: string, roles: readonly string[]): Caller {
  const caller = callerWith(roles);
  return { ...caller, tenant: TENANT, actor: { ...caller.actor, principal } };
}

export function reportOf(over: Partial<AgentReport> = {}): AgentReport {
  return {
    kind: "sdk",
    node: "node-3",
    version: "1.0.0",
    scope: [{ env: "production", service: "ml-service" }],
    state: "APPLYING",
    attempted: null,
    effective: null,
    lastError: null,
    freshness: "FRESH",
    pendingRestart: [],
    labels: {},
    ...over,
  };
}

/** What an agent reports that has applied a point. */
export function applied(point: AgentPoint): Partial<AgentReport> {
  return { state: "APPLIED", attempted: point, effective: point, lastError: null };
}

/** What an agent reports that has refused a point and goes on with another one. */
export function refused(point: AgentPoint, kept: AgentPoint | null): Partial<AgentReport> {
  return { state: "FAILED", attempted: point, effective: kept, lastError: errorOf(point) };
}

export function errorOf({ revision, at }: AgentPoint): AgentError {
  const why = { reason: "RULE_VIOLATION", detail: "weights must add up to 100", file: null };
  return { ...why, pointer: "/routing/policy/rules/0", revision, at };
}
