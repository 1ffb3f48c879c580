/**
 * Who may read the log, and that reading it is on record itself.
 *
 * @module
 */

import { isLlmcfgError, type JsonObject } from "@llmcfg/core";
import type { Clock, ConfigStore } from "../configs/ports.ts";
import type { IdentityStore } from "../identity/ports.ts";
import type { Caller, Policy, Resource } from "../policy/ports.ts";
import type { AuditEvent, AuditRecorder, AuditStore, StoredRecord } from "./ports.ts";

export interface ReadingDeps {
  readonly auditStore: AuditStore;
  readonly identityStore: Pick<IdentityStore, "findActorId" | "principals">;
  readonly configStore: Pick<ConfigStore, "headRevision">;
  readonly recorder: Pick<AuditRecorder, "record">;
  readonly policy: Pick<Policy, "requirePermission" | "requireBelow">;
  readonly clock: Clock;
}

const TENANT: Resource = { kind: "tenant" };

/**
 * Lets those pass who may read records: of all the tenant, or of any part of it.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`, once that is on record
 */
export async function requireReader(
  deps: ReadingDeps,
  caller: Caller,
  of: "all" | "any part",
): Promise<void> {
  try {
    if (of === "all") deps.policy.requirePermission(caller, "audit:read", TENANT);
    else deps.policy.requireBelow(caller, "audit:read", TENANT);
  } catch (error) {
    if (isLlmcfgError(error, "POLICY_DENIED")) {
      const details = { permission: error.details.permission };
      await recordReading(deps, caller, { outcome: "denied", reason: error.reason, details });
    }
    throw error;
  }
}

/** Whether the caller may see the record: by its path, or as something of the tenant. */
export function mayRead({ access }: Caller, { index }: StoredRecord): boolean {
  return access.decide("audit:read", resourceOf(index)).allowed;
}

function resourceOf({ env, service, key }: StoredRecord["index"]): Resource {
  if (env === undefined) return TENANT;
  if (service === undefined || key === undefined) return { kind: "namespace", env, service };
  return { kind: "item", env, service, key };
}

/**
 * Puts on record that the log was read, or was not allowed to be.
 *
 * @throws {LlmcfgError} `AUDIT_UNAVAILABLE`; nothing may be shown then
 */
export async function recordReading(
  deps: ReadingDeps,
  caller: Caller,
  reading: Pick<AuditEvent, "outcome" | "reason"> & { readonly details: JsonObject },
): Promise<void> {
  const { allowed, because } = caller.access.decide("audit:read", TENANT);
  const isDecidedHere = allowed === (reading.outcome === "allowed"); // else by a part of the tenant
  await deps.recorder.record(caller.tenant, [
    {
      actor: caller.actor,
      action: "audit.query",
      revision: await deps.configStore.headRevision(caller.tenant),
      atMs: deps.clock.nowMs(),
      decidedBy: isDecidedHere ? [because] : [],
      ...reading,
    },
  ]);
}
