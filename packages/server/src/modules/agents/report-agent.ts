import { LlmcfgError } from "@llmcfg/core";
import type { AgentBody, AgentReport } from "@llmcfg/protocol";
import type { AuditEvent, AuditRecorder } from "../audit/ports.ts";
import type { Clock, ConfigStore } from "../configs/ports.ts";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Caller, Policy } from "../policy/ports.ts";
import type { AgentRegistry } from "./agent-registry.ts";

export interface ReportDeps {
  readonly registry: Pick<AgentRegistry, "report">;
  readonly environments: EnvironmentReader;
  readonly policy: Pick<Policy, "requirePermission">;
  readonly recorder: Pick<AuditRecorder, "record">;
  readonly configStore: Pick<ConfigStore, "headRevision">;
  readonly clock: Clock;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Takes down what an agent applied or refused, and renews its lease.
 *
 * A first report and each revision that is refused are on record.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT`, `POLICY_DENIED` without `agent:sync` on all of the
 *   scope, `ENV_NOT_FOUND`, `AUDIT_UNAVAILABLE`
 */
export async function reportAgent(
  deps: ReportDeps,
  {
    caller,
    id,
    report,
  }: { readonly caller: Caller; readonly id: string; readonly report: AgentReport },
): Promise<AgentBody> {
  requireId(id);
  const graph = await deps.environments.graph(caller.tenant);
  const scope = report.scope.map(({ env, service }) => ({
    env: graph.find(env)?.name ?? env,
    service,
  }));
  for (const { env, service } of scope) {
    deps.policy.requirePermission(caller, "agent:sync", { kind: "namespace", env, service });
  }
  const { body, isNew, refused } = await deps.registry.report(caller, id, { ...report, scope });

  const events: AuditEvent[] = [];
  const about = await commonOf(deps, caller, id);
  if (isNew) {
    const details = { node: report.node, version: report.version };
    events.push({ ...about, action: "agent.connect", outcome: "allowed", details });
  }
  if (refused !== undefined) {
    const { reason, pointer, revision, detail } = refused;
    const details = { pointer, revision, detail };
    events.push({ ...about, action: "agent.refuse", outcome: "failed", reason, details });
  }
  if (events.length > 0) await deps.recorder.record(caller.tenant, events);
  return body;
}

async function commonOf(deps: ReportDeps, { tenant, actor }: Caller, id: string) {
  const revision = await deps.configStore.headRevision(tenant);
  return { actor, resource: id, revision, atMs: deps.clock.nowMs() };
}

function requireId(id: string): void {
  if (ID.test(id)) return;
  const detail = "1 to 128 letters, digits, dots, hyphens and underscores";
  const errors = [{ pointer: "/id", code: "INVALID_NAME", detail }];
  throw new LlmcfgError("INVALID_ARGUMENT", "the agent id is not well formed", { errors });
}
