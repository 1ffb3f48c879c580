import type { Environment, Revision } from "@llmcfg/core";
import type { WaitOptions } from "../configs/ports.ts";
import type { Caller, Policy } from "../policy/ports.ts";
import type { EnvironmentReader } from "./ports.ts";

export interface EnvironmentsDeps {
  readonly environments: EnvironmentReader;
  readonly policy: Pick<Policy, "requirePermission">;
}

export interface EnvironmentsQuery extends WaitOptions {
  readonly caller: Caller;
  /** `undefined` for the newest state. */
  readonly at: Revision | undefined;
}

/**
 * The environments of the tenant, parents before children.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`
 */
export async function listEnvironments(
  { environments, policy }: EnvironmentsDeps,
  { caller, at }: EnvironmentsQuery,
): Promise<readonly Environment[]> {
  policy.requirePermission(caller, "env:read", { kind: "tenant" });
  const graph = await environments.graph(caller.tenant, at);
  const roots = graph.all.filter(({ inherits }) => inherits === undefined);
  return roots.flatMap(({ name }) => graph.reachOf(name));
}

/**
 * One environment, by name or alias.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`, `ENV_NOT_FOUND`
 */
export async function getEnvironment(
  { environments, policy }: EnvironmentsDeps,
  { caller, at, name }: EnvironmentsQuery & { readonly name: string },
): Promise<Environment> {
  policy.requirePermission(caller, "env:read", { kind: "tenant" });
  const graph = await environments.graph(caller.tenant, at);
  return graph.get(name);
}
