import type { AgentScope } from "@llmcfg/protocol";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Caller, Policy } from "../policy/ports.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import type { KnownAgent } from "./known-agent.ts";

export interface SelectDeps {
  readonly registry: Pick<AgentRegistry, "list" | "revision">;
  readonly environments: EnvironmentReader;
  readonly policy: Pick<Policy, "requireBelow">;
}

export interface AgentSelection {
  readonly caller: Caller;
  /** A name or alias; `undefined` for all. */
  readonly env: string | undefined;
  readonly service: string | undefined;
}

/**
 * The agents of an environment and service that the caller may see, in no order.
 *
 * @throws {LlmcfgError} `POLICY_DENIED` without `agent:read` anywhere there; `ENV_NOT_FOUND`: of an
 *   environment that does not exist it would be said that all is well
 */
export async function selectAgents(
  deps: SelectDeps,
  { caller, env, service }: AgentSelection,
): Promise<readonly KnownAgent[]> {
  const graph = await deps.environments.graph(caller.tenant);
  const name = env === undefined ? undefined : (graph.find(env)?.name ?? env);
  const asked =
    name === undefined
      ? ({ kind: "tenant" } as const)
      : ({ kind: "namespace", env: name, service } as const);
  deps.policy.requireBelow(caller, "agent:read", asked);
  if (name !== undefined) graph.get(name);

  await deps.registry.revision(caller.tenant);
  const mayRead = readerOf(caller);
  return [...deps.registry.list(caller.tenant)].filter(
    ({ report: { scope } }) =>
      scope.some((at) => isIn(at, name, service)) && scope.every((at) => mayRead(at)),
  );
}

/** Needs `agent:read` on all that the agent is there for. */
export function maySee(caller: Caller, { report }: KnownAgent): boolean {
  return report.scope.every(readerOf(caller));
}

function isIn(at: AgentScope, env: string | undefined, service: string | undefined): boolean {
  return (env === undefined || at.env === env) && (service === undefined || at.service === service);
}

/** Decides once for each place: thousands of agents are there for few of them. */
function readerOf({ access }: Caller): (at: AgentScope) => boolean {
  const decided = new Map<string, boolean>();
  return ({ env, service }) => {
    const key = `${env}/${service}`;
    const known = decided.get(key);
    if (known !== undefined) return known;
    const { allowed } = access.decide("agent:read", { kind: "namespace", env, service });
    decided.set(key, allowed);
    return allowed;
  };
}
