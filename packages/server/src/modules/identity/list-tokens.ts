import type { TokenBody } from "@llmcfg/protocol";
import type { Caller, Policy } from "../policy/ports.ts";
import type { Grant, IdentityStore, StoredToken, WaitOptions } from "./ports.ts";
import { toTokenBody } from "./token-body.ts";

export interface ListTokensDeps {
  readonly identityStore: Pick<IdentityStore, "listTokens" | "bindingsOf">;
  readonly policy: Pick<Policy, "requireBelow">;
}

/**
 * The tokens of the tenant, newest first, without their secrets; of a caller without
 * `token:manage` their own alone.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`
 */
export async function listTokens(
  { identityStore, policy }: ListTokensDeps,
  caller: Caller,
  options: WaitOptions = {},
): Promise<readonly TokenBody[]> {
  const { tenant, access, actor } = caller;
  const seesAll = access.decide("token:manage", { kind: "tenant" }).allowed;
  if (!seesAll) policy.requireBelow(caller, "token:self", { kind: "tenant" });

  const tokens = await identityStore.listTokens(tenant, options);
  const shown = tokens.filter(({ principal }) => seesAll || principal === actor.principal);
  return await Promise.all(
    shown.map(async (token) => toTokenBody(token, await rolesOf(identityStore, token, options))),
  );
}

async function rolesOf(
  identityStore: ListTokensDeps["identityStore"],
  { tenant, principal, limitedTo }: StoredToken,
  options: WaitOptions,
): Promise<readonly Grant[]> {
  return limitedTo ?? (await identityStore.bindingsOf(tenant, principal, options));
}
