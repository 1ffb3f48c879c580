import { type EnvironmentGraph, LlmcfgError } from "@llmcfg/core";
import type { AgentBody, AgentReport, AgentScope } from "@llmcfg/protocol";
import type { AuditEvent, AuditRecorder } from "../audit/ports.ts";
import type { Clock, ConfigStore } from "../configs/ports.ts";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Caller, Policy } from "../policy/ports.ts";
import type { AgentRegistry, PreparedReport } from "./agent-registry.ts";
import { toAgentBody } from "./known-agent.ts";

export interface ReportDeps {
  readonly registry: Pick<AgentRegistry, "prepare" | "region" | "monoMs">;
  readonly environments: EnvironmentReader;
  readonly policy: Pick<Policy, "requirePermission">;
  readonly recorder: Pick<AuditRecorder, "record">;
  readonly configStore: Pick<ConfigStore, "headRevision">;
  readonly clock: Clock;
}

export interface ReportAgent {
  readonly caller: Caller;
  readonly id: string;
  readonly report: AgentReport;
}

/**
 * Takes down what an agent applied or refused, and renews its lease.
 *
 * That an agent connects, and each revision that it refuses, is on record before it is taken down.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT`; `POLICY_DENIED` without `agent:sync` on all of the
 *   scope, and where the agent is somebody else's; `ENV_NOT_FOUND`, `AUDIT_UNAVAILABLE`
 */
export async function reportAgent(
  deps: ReportDeps,
  { caller, id, report }: ReportAgent,
): Promise<AgentBody> {
  requireId(id);
  const graph = await deps.environments.graph(caller.tenant);
  const scope = toScope(report.scope, graph);
  for (const { env, service } of scope) {
    deps.policy.requirePermission(caller, "agent:sync", { kind: "namespace", env, service });
  }

  using prepared = await deps.registry.prepare(caller, id, { ...report, scope });
  const events = await eventsOf(deps, { caller, id, report }, prepared);
  if (events.length > 0) await deps.recorder.record(caller.tenant, events);

  const { region, monoMs } = deps.registry;
  return toAgentBody(prepared.commit(), region, monoMs);
}

async function eventsOf(
  { configStore, clock }: ReportDeps,
  { caller, id, report }: ReportAgent,
  { isConnecting, refused }: PreparedReport,
): Promise<readonly AuditEvent[]> {
  if (!isConnecting && refused === undefined) return [];
  const { tenant, actor } = caller;
  const revision = await configStore.headRevision(tenant);
  const about = { actor, resource: id, revision, atMs: clock.nowMs() };
  const events: AuditEvent[] = [];
  if (isConnecting) {
    const { kind, node, version } = report;
    const scope = report.scope.map(({ env, service }) => `${env}/${service}`);
    const details = { kind, node, version, scope };
    events.push({ ...about, action: "agent.connect", outcome: "allowed", details });
  }
  if (refused !== undefined) {
    // Not the detail: it is the consumer's own text, which may quote a value.
    const { reason, pointer, revision: refusedRevision } = refused;
    const hash = report.attempted?.hash ?? null;
    const details = { revision: refusedRevision, hash, pointer };
    events.push({ ...about, action: "agent.refuse", outcome: "failed", reason, details });
  }
  return events;
}

/** By canonical names, each once, in one order: equal scopes are equal. */
function toScope(scope: readonly AgentScope[], graph: EnvironmentGraph): readonly AgentScope[] {
  const named = scope.map(({ env, service }) => ({ env: graph.find(env)?.name ?? env, service }));
  const byName = new Map(named.map((at) => [`${at.env}/${at.service}`, at]));
  return [...byName.keys()].toSorted().flatMap((name) => byName.get(name) ?? []);
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

function requireId(id: string): void {
  if (ID.test(id)) return;
  const detail =
    "the agent id must be 1 to 128 letters, digits, dots, hyphens and underscores, of which the first is a letter or digit";
  const errors = [{ pointer: "/id", code: "INVALID_ARGUMENT", detail }];
  throw new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
