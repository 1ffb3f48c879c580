import { LlmcfgError } from "@llmcfg/core";
import type { AgentBody } from "@llmcfg/protocol";
import type { Caller, Policy } from "../policy/ports.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import { toAgentBody } from "./known-agent.ts";
import { maySee } from "./select-agents.ts";

export interface GetAgentDeps {
  readonly registry: Pick<AgentRegistry, "find" | "revision" | "region" | "monoMs">;
  readonly policy: Pick<Policy, "requireBelow">;
}

/** @throws {LlmcfgError} `POLICY_DENIED`; `NOT_FOUND`, also for one that the caller may not see */
export async function getAgent(deps: GetAgentDeps, caller: Caller, id: string): Promise<AgentBody> {
  deps.policy.requireBelow(caller, "agent:read", { kind: "tenant" });
  await deps.registry.revision(caller.tenant);
  const { region, monoMs } = deps.registry;
  const found = deps.registry.find(caller.tenant, id);
  if (found !== undefined && maySee(caller, found)) return toAgentBody(found, region, monoMs);
  throw new LlmcfgError("NOT_FOUND", `there is no agent ${id}`, { resource: "agent" });
}
