/**
 * The tokens that nobody asked for by a request: of a development server, and of a new store.
 *
 * @module
 */

import type { Actor, AuditRecorder } from "../audit/ports.ts";
import type { Clock, ConfigStore } from "../configs/ports.ts";
import type { Policy } from "../policy/ports.ts";
import type { Identities } from "./identities.ts";
import { detailsOf, makeBinding, makeToken, type NewToken } from "./new-token.ts";
import type { Binding, IdentityStore, StoredToken } from "./ports.ts";

export interface BootstrapDeps {
  readonly identityStore: Pick<
    IdentityStore,
    "listTokens" | "bindingsOf" | "createToken" | "deleteTokens"
  >;
  readonly identities: Pick<Identities, "invalidate">;
  readonly configStore: Pick<ConfigStore, "headRevision">;
  readonly policy: Pick<Policy, "roleNames">;
  readonly recorder: Pick<AuditRecorder, "prepare">;
  readonly clock: Clock;
}

const HOUR_MS = 60 * 60 * 1_000;

/** Who makes the first token. */
const FIRST_START = "system:start";

/**
 * A token that may do everything, for a development server: of `user:dev`, kind `dev`, without an
 * end. Only a server that accepts such tokens lets it in. It takes the place of those of earlier starts,
 * which end here.
 */
export async function createDevToken(deps: BootstrapDeps, tenant: string): Promise<NewToken> {
  const principal = "user:dev";
  const made = makeToken({
    tenant,
    kind: "dev",
    name: "dev",
    principal,
    limitedTo: undefined,
    createdBy: "system:dev",
    createdAtMs: deps.clock.nowMs(),
    expiresAtMs: undefined,
  });
  await endDevTokens(deps, tenant);
  const bindings = await deps.identityStore.bindingsOf(tenant, principal);
  const grant = { role: "owner", scope: "**" };
  const isBound = bindings.some(({ role, scope }) => role === grant.role && scope === grant.scope);
  const added = isBound ? [] : [makeBinding(principal, grant, deps.clock.nowMs())];
  return await keep(deps, made, added, systemActor("system:dev"));
}

/**
 * The first token of a new store: role `admin` for an hour, of `user:admin`, who may give every
 * role to others. `undefined` where somebody has used a token of the tenant, or made one: those of
 * a development server that the folder was used with before do not count, as they open nothing here.
 *
 * One that was made and never used is followed by another: the process that made it may have ended
 * before anybody saw it, and a store that nobody can get into would be lost.
 */
export async function createFirstAdmin(
  deps: BootstrapDeps,
  tenant: string,
): Promise<NewToken | undefined> {
  const tokens = await deps.identityStore.listTokens(tenant);
  if (!tokens.every((token) => isOfDevelopment(token) || isUnseen(token))) return undefined;

  const principal = "user:admin";
  const nowMs = deps.clock.nowMs();
  const made = makeToken({
    tenant,
    kind: "pat",
    name: "first-admin",
    principal,
    limitedTo: undefined,
    createdBy: FIRST_START,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + HOUR_MS,
  });
  const bindings = await deps.identityStore.bindingsOf(tenant, principal);
  const grant = { role: "admin", scope: "**" };
  const added =
    bindings.length > 0 ? [] : [makeBinding(principal, grant, nowMs, deps.policy.roleNames)];
  return await keep(deps, made, added, systemActor(FIRST_START));
}

/** A server that is not for development lets nobody in by it. */
function isOfDevelopment({ kind }: StoredToken): boolean {
  return kind === "dev";
}

/** Whether nobody can be known to have seen it. */
function isUnseen({ createdBy, lastUsedAtMs }: StoredToken): boolean {
  return createdBy === FIRST_START && lastUsedAtMs === undefined;
}

/** Each with a record of its own. */
async function endDevTokens(deps: BootstrapDeps, tenant: string): Promise<void> {
  const { identityStore, identities, configStore, recorder, clock } = deps;
  const tokens = (await identityStore.listTokens(tenant)).filter(({ kind }) => kind === "dev");
  if (tokens.length === 0) return;

  const revision = await configStore.headRevision(tenant);
  const prepared = tokens.map(async (token) => {
    const details = detailsOf(token, []);
    return await recorder.prepare(tenant, {
      actor: systemActor("system:dev"),
      action: "token.revoke",
      resource: token.id,
      outcome: "allowed",
      revision,
      atMs: clock.nowMs(),
      details,
    });
  });
  const ids = tokens.map(({ id }) => id);
  await identityStore.deleteTokens(tenant, ids, await Promise.all(prepared));
  identities.invalidate();
}

async function keep(
  { identityStore, identities, configStore, recorder }: BootstrapDeps,
  made: NewToken,
  bindings: readonly Binding[],
  actor: Actor,
): Promise<NewToken> {
  const { token } = made;
  const record = await recorder.prepare(token.tenant, {
    actor,
    action: "token.create",
    resource: token.id,
    outcome: "allowed",
    revision: await configStore.headRevision(token.tenant),
    atMs: token.createdAtMs,
    details: detailsOf(token, bindings),
  });
  await identityStore.createToken(token, bindings, [record]);
  identities.invalidate();
  return made;
}

function systemActor(principal: string): Actor {
  return {
    principal,
    via: "system",
    credential: undefined,
    requestId: undefined,
    traceId: undefined,
  };
}
