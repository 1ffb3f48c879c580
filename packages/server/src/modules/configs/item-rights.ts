/**
 * What a caller may do with an item.
 *
 * Permissions on a sensitive item are those of secrets, so that roles made for secrets alone work:
 * `secret:write` sets one, `secret:list` or `secret:read` shows its redacted entry.
 *
 * @module
 */

import { formatPath, type KeyRef, LlmcfgError, type Revision } from "@llmcfg/core";
import type { AuditRecorder } from "../audit/ports.ts";
import type { Access, Caller, Permission, Refusals } from "../policy/ports.ts";
import type { Clock } from "./ports.ts";

export function isAllowed(access: Access, permission: Permission, ref: KeyRef): boolean {
  return access.decide(permission, { kind: "item", ...ref }).allowed;
}

export function mayList(access: Access, ref: KeyRef): boolean {
  return isAllowed(access, "config:list", ref);
}

/** Whether the value may be shown, or of a sensitive item the entry without it. */
export function mayRead(access: Access, ref: KeyRef, isSensitive: boolean): boolean {
  if (isAllowed(access, "config:read", ref)) return true;
  return isSensitive && (isAllowed(access, "secret:list", ref) || mayReveal(access, ref));
}

export function mayReveal(access: Access, ref: KeyRef): boolean {
  return isAllowed(access, "secret:read", ref);
}

/** Whether a reader may see what a reference leads to: it needs the right on the target too. */
export function mayFollowFor(access: Access): (target: KeyRef, kind: "ref" | "secret") => boolean {
  return (target, kind) =>
    isAllowed(access, kind === "secret" ? "secret:read" : "config:read", target);
}

/** What a write of an item needs. */
export function writePermission(isSensitive: boolean): Permission {
  return isSensitive ? "secret:write" : "config:write";
}

export interface RefusalDeps {
  readonly refusals: Refusals;
  readonly recorder: Pick<AuditRecorder, "record">;
  readonly clock: Clock;
}

/** What was asked for and is not allowed. */
export interface Denied {
  readonly permission: Permission;
  readonly ref: KeyRef;
  /** As the audit log names it: `config.read`. */
  readonly action: string;
  readonly revision: Revision;
  /** Near keys that the caller may list. */
  readonly suggestions?: readonly string[];
  /** The caller knows of the item anyway: 403, even to whoever may not list it. */
  readonly isKnown?: true;
}

/**
 * Puts a denial on record and gives the error to throw.
 *
 * @throws {LlmcfgError} `AUDIT_UNAVAILABLE`
 */
export async function recordDenial(
  { refusals, recorder, clock }: RefusalDeps,
  caller: Caller,
  denied: Denied,
): Promise<LlmcfgError> {
  const { permission, ref, action, revision, isKnown } = denied;
  const { because } = caller.access.decide(permission, { kind: "item", ...ref });
  await recorder.record(caller.tenant, [
    {
      actor: caller.actor,
      action,
      path: formatPath(ref),
      outcome: "denied",
      reason: "POLICY_DENIED",
      revision,
      atMs: clock.nowMs(),
      decidedBy: [because],
      details: { permission },
    },
  ]);
  if (isKnown !== true) {
    return refusals.denialFor(caller, permission, ref, revision, denied.suggestions);
  }
  const path = formatPath(ref);
  const message = `${caller.actor.principal} does not hold ${permission} on ${path}`;
  return new LlmcfgError("POLICY_DENIED", message, { rule: because, permission, path });
}
