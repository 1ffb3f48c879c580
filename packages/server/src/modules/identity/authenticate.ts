import type { Caller } from "../policy/ports.ts";
import type { CredentialRefusals } from "./credential-refusals.ts";
import type { CredentialUses } from "./credential-uses.ts";
import type { Identities, Identity, Verdict } from "./identities.ts";
import type { WaitOptions } from "./ports.ts";
import { type Refusal, toError, unauthenticated } from "./refusal.ts";

export interface AuthenticateDeps {
  readonly identities: Pick<Identities, "check">;
  readonly uses: Pick<CredentialUses, "note">;
  readonly refusals: Pick<CredentialRefusals, "note">;
}

/** What of a request proves who asks, and what is recorded about it. */
export interface Credentials {
  /** The header `Authorization`. */
  readonly authorization: string | undefined;
  /** The header `X-API-Key`. */
  readonly apiKey: string | undefined;
  /** The header `Config-Tenant`: may only choose among the tenants of the credential. */
  readonly tenant?: string | undefined;
  /** Of the client, as the socket says it. */
  readonly address?: string | undefined;
  readonly requestId: string | undefined;
  readonly traceId: string | undefined;
}

/**
 * Who asks, by the token of either header or the same principal's tokens in both.
 *
 * That a credential was used or refused comes on record beside the request: see
 * {@link CredentialUses} and {@link CredentialRefusals}. To have none at all is no refusal.
 *
 * @throws {LlmcfgError} `UNAUTHENTICATED` without a valid credential, or for another tenant, the same
 *   whatever is wrong with it; `TOKEN_EXPIRED` for one that was right once; `INVALID_ARGUMENT` where
 *   the headers name two principals
 */
export async function authenticate(
  deps: AuthenticateDeps,
  credentials: Credentials,
  options: WaitOptions = {},
): Promise<Caller> {
  const verdicts = await Promise.all(
    tokensOf(credentials).map(async (token) => await deps.identities.check(token, options)),
  );
  const identities = verdicts.flatMap((one) => ("identity" in one ? [one.identity] : []));
  const refusal = refusalAmong(verdicts) ?? contradictionOf(identities, credentials.tenant);
  if (refusal !== undefined) {
    const { address, requestId, traceId } = credentials;
    deps.refusals.note(refusal, { address, requestId, traceId });
    throw toError(refusal);
  }
  const callers = identities.map((identity) => toCaller(identity, credentials));
  for (const { tenant, actor } of callers) deps.uses.note(tenant, actor);
  const [caller] = callers;
  if (caller === undefined) throw unauthenticated();
  return caller;
}

/**
 * Who asks, by a header `Authorization` that was verified before and still holds; `undefined` sends
 * the request the long way, to {@link authenticate}. Reads no store.
 */
export function recallCaller(
  {
    identities,
    uses,
  }: Pick<AuthenticateDeps, "uses"> & { readonly identities: Pick<Identities, "recall"> },
  authorization: string,
): Caller | undefined {
  const identity = identities.recall(bearerToken(authorization));
  if (identity === undefined) return undefined;
  const caller = toCaller(identity, { requestId: undefined, traceId: undefined });
  uses.note(caller.tenant, caller.actor);
  return caller;
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

function refusalAmong(verdicts: readonly Verdict[]): Refusal | undefined {
  return verdicts.flatMap((one) => ("refusal" in one ? [one.refusal] : []))[0];
}

/** Credentials that are right, and do not go together or not with the tenant. */
function contradictionOf(
  [first, ...others]: readonly Identity[],
  tenant: string | undefined,
): Refusal | undefined {
  if (first === undefined) return undefined;
  const { token } = first;
  if (!others.every((other) => isSamePrincipal(first, other))) {
    return { cause: "two_principals", token };
  }
  const isOwn = tenant === undefined || tenant === token.tenant;
  return isOwn ? undefined : { cause: "wrong_tenant", token };
}

function isSamePrincipal({ token: a }: Identity, { token: b }: Identity): boolean {
  return a.tenant === b.tenant && a.principal === b.principal;
}
