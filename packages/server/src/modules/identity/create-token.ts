import { type Finding, isLlmcfgError, LlmcfgError } from "@llmcfg/core";
import type { AuditRecorder } from "../audit/ports.ts";
import type { ConfigStore } from "../configs/ports.ts";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Caller, Policy } from "../policy/ports.ts";
import { type Holding, type HoldingDeps, holdingOf } from "./holding.ts";
import type { Identities } from "./identities.ts";
import { detailsOf, makeBinding, makeToken, type NewToken } from "./new-token.ts";
import type { Binding, Grant, IdentityStore, StoredToken, WaitOptions } from "./ports.ts";
import { checkRoles } from "./roles-asked.ts";

export interface CreateToken {
  readonly caller: Caller;
  readonly kind: "pat" | "sa" | "agt";
  readonly name: string;
  readonly roles: readonly Grant[];
  /** Default: 90 days. */
  readonly expiresInMs?: number | undefined;
}

export interface CreateTokenDeps extends HoldingDeps {
  readonly identityStore: Pick<IdentityStore, "listTokens" | "bindingsOf" | "createToken">;
  readonly identities: Pick<Identities, "invalidate">;
  readonly configStore: Pick<ConfigStore, "headRevision">;
  readonly environments: EnvironmentReader;
  readonly policy: Pick<Policy, "requirePermission" | "roleNames" | "mayGrant" | "holds">;
  readonly recorder: AuditRecorder;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
const DEFAULT_LIFE_MS = 90 * DAY_MS;
const MAX_LIFE_MS = 365 * DAY_MS;
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * Makes a token with the roles asked for, and no other rights.
 *
 * A `pat` is its creator's own: it can do what its roles and, at each use, its creator's rights
 * allow. A `sa` or `agt` is of a service account or agent, made where it is new, that is bound to
 * the roles: so they must be the creator's to give. Only a token that holds `token:manage` makes
 * tokens, and none with more than it has itself.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` with every finding; `POLICY_DENIED`;
 *   `AUDIT_UNAVAILABLE`; nothing is made then
 */
export async function createToken(
  deps: CreateTokenDeps,
  command: CreateToken,
  options: WaitOptions = {},
): Promise<NewToken> {
  requireNone(checkWords(command));
  try {
    deps.policy.requirePermission(command.caller, "token:manage", { kind: "tenant" });
    const grants = await requireRoles(deps, command);
    const holding = await holdingOf(deps, command.caller, options);
    const principal = principalOf(command);
    for (const grant of grants) requireGivable(deps, command, { holding, grant, principal });
    return await store(deps, command, { grants, principal }, options);
  } catch (error) {
    await recordRefusal(deps, command, error);
    throw error;
  }
}

function checkWords({ caller, kind, name, expiresInMs }: CreateToken): readonly Finding[] {
  const findings: Finding[] = [];
  if (!NAME.test(name)) {
    const detail = "a name begins with a letter and has at most 63 of a-z, 0-9 and -";
    findings.push({ pointer: "/name", code: "INVALID_NAME", detail });
  }
  if (expiresInMs !== undefined && !(expiresInMs > 0 && expiresInMs <= MAX_LIFE_MS)) {
    const detail =
      expiresInMs > 0 ? "a token lives for at most 365 days" : "a token lives for some time";
    findings.push({
      pointer: "/expiresIn",
      code: "INVALID_LIFE",
      detail,
      expected: "at most 365d",
    });
  }
  if (kind === "pat" && !caller.actor.principal.startsWith("user:")) {
    const detail = `a pat is of a person, ${caller.actor.principal} is none`;
    findings.push({ pointer: "/kind", code: "NOT_A_PERSON", detail, expected: "sa or agt" });
  }
  return findings;
}

async function requireRoles(
  { policy, environments }: CreateTokenDeps,
  { caller, roles }: CreateToken,
): Promise<readonly Grant[]> {
  const graph = await environments.graph(caller.tenant);
  const { grants, findings } = checkRoles(roles, policy.roleNames, graph);
  requireNone(findings);
  return grants;
}

function requireNone(findings: readonly Finding[]): void {
  const [first] = findings;
  if (first === undefined) return;
  throw new LlmcfgError("INVALID_ARGUMENT", first.detail, { errors: findings });
}

function principalOf({ caller, kind, name }: CreateToken): string {
  switch (kind) {
    case "pat":
      return caller.actor.principal;
    case "sa":
      return `sa:${name}`;
    case "agt":
      return `agent:${name}`;
  }
}

/**
 * A pat needs no more than to be within its parent: what the principal lacks it lacks at each use.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`
 */
function requireGivable(
  { policy }: CreateTokenDeps,
  { kind }: CreateToken,
  giving: { readonly holding: Holding; readonly grant: Grant; readonly principal: string },
): void {
  const { holding, grant, principal } = giving;
  const isGivable =
    kind === "pat"
      ? holding.limitedTo === undefined || policy.holds(holding, grant)
      : policy.mayGrant(holding, grant, principal);
  if (isGivable) return;
  const { role, scope } = grant;
  const message = `${holding.principal} may not give ${role} on ${scope} to ${principal}`;
  const details = { rule: "child-scope", permission: "token:manage", path: scope };
  throw new LlmcfgError("POLICY_DENIED", message, details);
}

async function store(
  deps: CreateTokenDeps,
  { caller, kind, name, expiresInMs = DEFAULT_LIFE_MS }: CreateToken,
  { grants, principal }: { readonly grants: readonly Grant[]; readonly principal: string },
  options: WaitOptions,
): Promise<NewToken> {
  const { tenant, actor } = caller;
  const nowMs = deps.clock.nowMs();
  const made = makeToken({
    tenant,
    kind,
    name,
    principal,
    limitedTo: grants,
    createdBy: actor.credential ?? actor.principal,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + expiresInMs,
  });
  const bindings = kind === "pat" ? [] : await newBindings(deps, made.token, grants, options);
  const record = await deps.recorder.prepare(tenant, {
    actor,
    action: "token.create",
    resource: made.token.id,
    outcome: "allowed",
    revision: await deps.configStore.headRevision(tenant),
    atMs: nowMs,
    decidedBy: [caller.access.decide("token:manage", { kind: "tenant" }).because],
    details: detailsOf(made.token, bindings),
  });
  await deps.identityStore.createToken(made.token, bindings, [record], options);
  deps.identities.invalidate();
  return made;
}

/** The grants that the principal is not bound to yet. */
async function newBindings(
  { identityStore, clock }: CreateTokenDeps,
  { tenant, principal }: StoredToken,
  grants: readonly Grant[],
  options: WaitOptions,
): Promise<readonly Binding[]> {
  const nowMs = clock.nowMs();
  const there = await identityStore.bindingsOf(tenant, principal, options);
  const lasting = there.filter(({ expiresAtMs }) => expiresAtMs === undefined);
  return grants
    .filter((grant, i) => grants.findIndex((other) => isSame(grant, other)) === i)
    .filter((grant) => !lasting.some((binding) => isSame(grant, binding)))
    .map((grant) => makeBinding(principal, grant, nowMs));
}

function isSame(a: Grant, b: Grant): boolean {
  return a.role === b.role && a.scope === b.scope;
}

/** Everything that was refused once the caller had been looked at is on record. */
async function recordRefusal(
  { recorder, configStore, clock }: CreateTokenDeps,
  { caller, kind, name }: CreateToken,
  error: unknown,
): Promise<void> {
  const isDenied = isLlmcfgError(error, "POLICY_DENIED");
  if (!isDenied && !isLlmcfgError(error, "INVALID_ARGUMENT")) return;
  await recorder.record(caller.tenant, [
    {
      actor: caller.actor,
      action: "token.create",
      outcome: isDenied ? "denied" : "failed",
      reason: error.reason,
      revision: await configStore.headRevision(caller.tenant),
      atMs: clock.nowMs(),
      decidedBy: isDenied ? [error.details.rule] : [],
      details: { kind, name },
    },
  ]);
}
