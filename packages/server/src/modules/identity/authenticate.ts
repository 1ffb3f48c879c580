import { LlmcfgError } from "@llmcfg/core";
import type { Caller } from "../policy/ports.ts";
import { type Identities, type Identity, unauthenticated } from "./identities.ts";
import type { WaitOptions } from "./ports.ts";

/** What of a request proves who asks, and what is recorded about it. */
export interface Credentials {
  /** The header `Authorization`. */
  readonly authorization: string | undefined;
  /** The header `X-API-Key`. */
  readonly apiKey: string | undefined;
  /** The header `Config-Tenant`: may only choose among the tenants of the credential. */
  readonly tenant?: string | undefined;
  readonly requestId: string | undefined;
  readonly traceId: string | undefined;
}

/**
 * Who asks, by the token of either header or the same principal's tokens in both.
 *
 * @throws {LlmcfgError} `UNAUTHENTICATED` without a valid credential, or for another tenant;
 *   `TOKEN_EXPIRED`; `INVALID_ARGUMENT` where the headers name two principals
 */
export async function authenticate(
  { identities }: { readonly identities: Pick<Identities, "identify"> },
  credentials: Credentials,
  options: WaitOptions = {},
): Promise<Caller> {
  const [first, ...others] = await Promise.all(
    tokensOf(credentials).map(async (token) => await identities.identify(token, options)),
  );
  if (first === undefined) throw unauthenticated();
  if (!others.every((other) => isSamePrincipal(first, other))) throw contradiction();
  const { tenant = first.token.tenant } = credentials;
  if (tenant !== first.token.tenant) throw unauthenticated();
  return toCaller(first, credentials);
}

/**
 * Who asks, by a header `Authorization` that was verified before and still holds; `undefined` sends
 * the request the long way, to {@link authenticate}. Reads no store.
 */
export function recallCaller(
  { identities }: { readonly identities: Pick<Identities, "recall"> },
  authorization: string,
): Caller | undefined {
  const identity = identities.recall(bearerToken(authorization));
  return identity && toCaller(identity, { requestId: undefined, traceId: undefined });
}

function toCaller(
  { token, access, expiresAtMs }: Identity,
  { requestId, traceId }: Pick<Credentials, "requestId" | "traceId">,
): Caller {
  return {
    tenant: token.tenant,
    actor: { principal: token.principal, via: "token", credential: token.id, requestId, traceId },
    access,
    expiresAtMs,
  };
}

const BEARER = /^Bearer +([^\s]+)$/i;

/** The empty string, which no token is, for another scheme. */
function bearerToken(authorization: string): string {
  return BEARER.exec(authorization)?.[1] ?? "";
}

function tokensOf({ authorization, apiKey }: Credentials): readonly string[] {
  const tokens = [authorization === undefined ? undefined : bearerToken(authorization), apiKey];
  return [...new Set(tokens.filter((token) => token !== undefined))];
}

function isSamePrincipal({ token: a }: Identity, { token: b }: Identity): boolean {
  return a.tenant === b.tenant && a.principal === b.principal;
}

function contradiction(): LlmcfgError {
  const detail = "Authorization and X-API-Key name different principals";
  const errors = [{ pointer: "", code: "TWO_PRINCIPALS", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
