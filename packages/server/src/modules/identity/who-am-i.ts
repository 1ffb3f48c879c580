import type { MeBody } from "@llmcfg/protocol";
import type { Caller } from "../policy/ports.ts";
import { type HoldingDeps, holdingOf } from "./holding.ts";
import type { WaitOptions } from "./ports.ts";
import { toGrantBodies } from "./token-body.ts";

/**
 * Whom the caller's credential stands for, what it can do, and until when.
 *
 * @throws {LlmcfgError} `UNAUTHENTICATED` where the credential is no longer there
 */
export async function whoAmI(
  deps: HoldingDeps,
  caller: Caller,
  options: WaitOptions = {},
): Promise<MeBody> {
  const { token, bindings, limitedTo } = await holdingOf(deps, caller, options);
  const { principal, tenant, expiresAtMs } = token;
  return {
    principal,
    tenant,
    roles: toGrantBodies(limitedTo ?? bindings),
    expiresAt: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
  };
}
