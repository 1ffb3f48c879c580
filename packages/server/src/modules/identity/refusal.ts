/**
 * Why a credential was not taken. Records say it, answers do not.
 *
 * @module
 */

import { LlmcfgError } from "@llmcfg/core";
import type { StoredToken } from "./ports.ts";

export type RefusalCause =
  | "malformed" // not the form of a token
  | "unknown" // no token has the handle: never, or no longer
  | "wrong_secret"
  | "wrong_kind" // the token was made as another kind
  | "not_accepted" // a token of `llmcfg dev` elsewhere
  | "wrong_tenant" // right, and used for a tenant that is not its own
  | "two_principals" // right, beside another right one of somebody else
  | "expired";

export interface Refusal {
  readonly cause: RefusalCause;
  /** Whose handle it has, right or not; `undefined` where no token has it. */
  readonly token: StoredToken | undefined;
}

/** What the client hears: the same whatever the cause, but for one that was right once. */
export function toError({ cause, token }: Refusal): LlmcfgError {
  if (cause === "two_principals") return contradiction();
  if (cause !== "expired" || token?.expiresAtMs === undefined) return unauthenticated();
  const message = `the token expired at ${new Date(token.expiresAtMs).toISOString()}`;
  return new LlmcfgError("TOKEN_EXPIRED", message, {});
}

/** Says nothing of why. */
export function unauthenticated(): LlmcfgError {
  return new LlmcfgError("UNAUTHENTICATED", "the request has no valid credential", {});
}

function contradiction(): LlmcfgError {
  const detail = "Authorization and X-API-Key name different principals";
  const errors = [{ pointer: "", code: "TWO_PRINCIPALS", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
