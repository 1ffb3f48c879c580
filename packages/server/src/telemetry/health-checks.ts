/**
 * How each part of the server is asked how it is.
 *
 * @module
 */

import { isLlmcfgError, type Reason, type Revision } from "@llmcfg/core";
import type { AppendFailure, AuditStore } from "../modules/audit/ports.ts";
import type { ConfigStore, WaitOptions } from "../modules/configs/ports.ts";
import type { RootKeyProbe } from "../modules/keys/ports.ts";
import type { Policy } from "../modules/policy/ports.ts";
import type { HealthCheck, HealthFinding } from "./health.ts";

export interface HealthParts {
  readonly tenant: string;
  readonly configStore: Pick<ConfigStore, "headRevision">;
  readonly auditStore: Pick<AuditStore, "size">;
  /** The last append, where it failed and none has succeeded since. */
  readonly appendFailure: () => AppendFailure | undefined;
  readonly keyring: RootKeyProbe;
  readonly policy: Pick<Policy, "createAccess">;
  /** How far the change feed of this process has come. */
  readonly followed: (tenant: string) => Promise<Revision>;
}

const OK: HealthFinding = { status: "ok" };

/** Asked each time, since it costs no more than any request does. */
const ALWAYS = { freshMs: 0, freshWhileBadMs: 0 };
const SECOND = { freshMs: 1_000, freshWhileBadMs: 1_000 };
/** A provider's calls cost money and count against a quota. */
const ROOT_KEY = { freshMs: 60_000, freshWhileBadMs: 10_000 };

/** In the order in which `/health` shows them. */
export function healthChecks(parts: HealthParts): readonly HealthCheck[] {
  return [
    { name: "store", isVital: true, ...ALWAYS, ask: (signal) => askStore(parts, { signal }) },
    { name: "redis", ...ALWAYS, ask: async () => ({ status: "disabled" }) },
    { name: "kms", ...ROOT_KEY, ask: (signal) => askRootKey(parts, { signal }) },
    { name: "policy", isVital: true, ...SECOND, ask: () => askPolicy(parts) },
    { name: "audit", ...SECOND, ask: (signal) => askAudit(parts, { signal }) },
    { name: "replication", ...SECOND, ask: (signal) => askReplication(parts, { signal }) },
  ];
}

async function askStore(
  { tenant, configStore }: HealthParts,
  options: WaitOptions,
): Promise<HealthFinding> {
  return { ...OK, revision: await configStore.headRevision(tenant, options) };
}

const STORE_AWAY: ReadonlySet<Reason> = new Set<Reason>(["STORE_UNAVAILABLE", "STORAGE_FULL"]);

/** While the store is away nobody can say whether the root key opens what is in it. */
async function askRootKey(
  { tenant, keyring }: HealthParts,
  options: WaitOptions,
): Promise<HealthFinding> {
  try {
    await keyring.probeRootKey(tenant, options);
    return OK;
  } catch (error) {
    if (!isLlmcfgError(error) || !STORE_AWAY.has(error.reason)) throw error;
    return { status: "degraded", detail: "the store that keeps the wrapped keys is away" };
  }
}

/** One who may do everything is let in, and one who may do nothing is not. */
async function askPolicy({ policy }: HealthParts): Promise<HealthFinding> {
  const [role, scope, principal] = ["owner", "**", "system:health"];
  const binding = { id: "bnd_health", principal, role, scope, expiresAtMs: undefined };
  const owner = policy.createAccess([{ ...binding, mayGrant: [] }]);
  const nobody = policy.createAccess([]);
  if (!owner.decide("system:read", { kind: "tenant" }).allowed) {
    return { status: "down", detail: "the built-in roles are not loaded: everybody is refused" };
  }
  if (nobody.decide("system:read", { kind: "tenant" }).allowed) {
    return { status: "down", detail: "somebody without a role is let in" };
  }
  return OK;
}

async function askAudit(
  { tenant, auditStore, appendFailure }: HealthParts,
  options: WaitOptions,
): Promise<HealthFinding> {
  await auditStore.size(tenant, options);
  const failure = appendFailure();
  if (failure === undefined) return OK;
  const at = new Date(failure.atMs).toISOString();
  return { status: "degraded", detail: `the last record could not be written, at ${at}` };
}

/** Who watches is served from the change feed: it must have come as far as the store. */
async function askReplication(
  { tenant, configStore, followed }: HealthParts,
  options: WaitOptions,
): Promise<HealthFinding> {
  const head = await configStore.headRevision(tenant, options);
  const revision = await followed(tenant);
  if (revision >= head) return OK;
  return { status: "degraded", detail: `the change feed is at revision ${revision} of ${head}` };
}
