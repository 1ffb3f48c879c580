import { LlmcfgError } from "@llmcfg/core";
import type { Clock } from "../configs/ports.ts";
import type { Caller, Holder } from "../policy/ports.ts";
import type { IdentityStore, StoredToken, WaitOptions } from "./ports.ts";

export interface HoldingDeps {
  readonly identityStore: Pick<IdentityStore, "listTokens" | "bindingsOf">;
  readonly clock: Clock;
}

/** The credential that a caller used, and what it holds now. */
export interface Holding extends Holder {
  readonly token: StoredToken;
}

/**
 * What the caller's credential holds at this moment, from the store.
 *
 * @throws {LlmcfgError} `UNAUTHENTICATED` where the credential is no longer there
 */
export async function holdingOf(
  { identityStore, clock }: HoldingDeps,
  { tenant, actor }: Caller,
  options: WaitOptions = {},
): Promise<Holding> {
  const { principal, credential } = actor;
  const tokens = await identityStore.listTokens(tenant, options);
  const token = tokens.find(({ id }) => id === credential);
  if (token === undefined) {
    throw new LlmcfgError("UNAUTHENTICATED", "the credential is no longer there", {});
  }
  const all = await identityStore.bindingsOf(tenant, principal, options);
  const nowMs = clock.nowMs();
  const bindings = all.filter(({ expiresAtMs = Infinity }) => expiresAtMs > nowMs);
  return { principal, token, bindings, limitedTo: token.limitedTo };
}
