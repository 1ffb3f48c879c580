import { LlmcfgError } from "@llmcfg/core";
import type { AgentBody } from "@llmcfg/protocol";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Caller, Policy } from "../policy/ports.ts";
import type { AgentRegistry } from "./agent-registry.ts";

export interface SelectDeps {
  readonly registry: Pick<AgentRegistry, "list">;
  readonly environments: EnvironmentReader;
}

export interface SelectAgents {
  readonly caller: Caller;
  readonly env: string | undefined;
  readonly service: string | undefined;
}

export interface AgentsDeps extends SelectDeps {
  readonly registry: Pick<AgentRegistry, "list" | "find">;
  readonly policy: Pick<Policy, "requireBelow">;
}

/** Those in the scope asked for that the caller may see, by id. */
export async function selectAgents(
  deps: SelectDeps,
  { caller, env, service }: SelectAgents,
): Promise<readonly AgentBody[]> {
  const graph = await deps.environments.graph(caller.tenant);
  const name = env === undefined ? undefined : (graph.find(env)?.name ?? env);
  return deps.registry
    .list(caller.tenant)
    .filter((agent) => maySee(caller, agent))
    .filter(({ scope }) =>
      scope.some(
        (at) =>
          (name === undefined || at.env === name) &&
          (service === undefined || at.service === service),
      ),
    );
}

/** @throws {LlmcfgError} `POLICY_DENIED` */
export async function listAgents(
  deps: AgentsDeps,
  query: SelectAgents,
): Promise<readonly AgentBody[]> {
  deps.policy.requireBelow(query.caller, "agent:read", { kind: "tenant" });
  return await selectAgents(deps, query);
}

/** @throws {LlmcfgError} `POLICY_DENIED`; `NOT_FOUND`, also for one that the caller may not see */
export function getAgent(deps: AgentsDeps, caller: Caller, id: string): AgentBody {
  deps.policy.requireBelow(caller, "agent:read", { kind: "tenant" });
  const found = deps.registry.find(caller.tenant, id);
  if (found !== undefined && maySee(caller, found)) return found;
  throw new LlmcfgError("NOT_FOUND", `there is no agent ${id}`, { resource: "agent" });
}

function maySee({ access }: Caller, { scope }: AgentBody): boolean {
  return scope.every(
    ({ env, service }) => access.decide("agent:read", { kind: "namespace", env, service }).allowed,
  );
}
