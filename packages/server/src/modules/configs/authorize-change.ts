/**
 * Whether a caller may make a change: on each item that is written, and in every protected
 * environment that it reaches.
 *
 * @module
 */

import type { KeyRef } from "@llmcfg/core";
import type { Permission } from "../policy/ports.ts";
import type { ReachedPlace } from "./attribute-effects.ts";
import type { ChangeSet, Operation } from "./change-set.ts";
import type { Draft, Ground } from "./draft.ts";
import { isSensitiveAfter, type Predecessors, wasSensitive } from "./item-about.ts";
import { isAllowed, type RefusalDeps, recordDenial, writePermission } from "./item-rights.ts";

/**
 * Lets an operation pass that the caller may carry out on its item.
 *
 * @returns the id of the binding that allows it
 * @throws {LlmcfgError} `POLICY_DENIED`, or `KEY_NOT_FOUND` for whoever may not list the item; it
 *   is on record then
 */
export async function authorizeOperation(
  deps: RefusalDeps,
  { caller }: ChangeSet,
  ground: Ground,
  operation: Operation,
  before: Predecessors,
): Promise<string> {
  const permission = permissionFor(operation, before);
  const decision = caller.access.decide(permission, { kind: "item", ...operation.ref });
  if (decision.allowed) return decision.because;
  throw await recordDenial(deps, caller, {
    permission,
    ref: operation.ref,
    action: actionOf(operation, permission === "secret:write"),
    revision: ground.basis,
  });
}

function permissionFor(operation: Operation, before: Predecessors): Permission {
  switch (operation.op) {
    case "put": // clearing the mark of a secret is a write of a secret too
      return writePermission(wasSensitive(before) || isSensitiveAfter(operation, before));
    case "rollback":
      return writePermission(wasSensitive(before));
    case "delete":
    case "mask":
      return "config:delete";
  }
}

/** As the audit log names it. */
export function actionOf({ op }: Operation, isSensitive: boolean): string {
  if (op === "put") return isSensitive ? "secret.write" : "config.write";
  return `config.${op}`;
}

/**
 * Lets a draft pass that makes no secret of what was none, or whose author may set one: a rollback
 * brings back the mark of a version that was sensitive.
 *
 * @throws {LlmcfgError} as {@link authorizeOperation}
 */
export async function authorizeDraft(
  deps: RefusalDeps,
  { caller }: ChangeSet,
  ground: Ground,
  { operation, item }: Draft,
): Promise<void> {
  const { op, ref } = operation;
  if (op !== "rollback" || item.state !== "live" || !item.sensitive) return;
  const permission = writePermission(true);
  if (isAllowed(caller.access, permission, ref)) return;
  const action = actionOf(operation, true);
  throw await recordDenial(deps, caller, { permission, ref, action, revision: ground.basis });
}

/**
 * Lets a change pass whose author may write every protected environment it reaches. Confirmation is
 * not authorisation: this comes before anybody is asked to confirm.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`, and it is on record then
 */
export async function authorizeReach(
  deps: RefusalDeps,
  { caller }: ChangeSet,
  ground: Ground,
  reached: readonly ReachedPlace[],
): Promise<void> {
  for (const { ref, draft, effect } of reached) {
    if (!effect.protected || !effect.inherited) continue;
    const { sensitive } = draft.item;
    if (isAllowed(caller.access, "config:write", ref)) continue;
    if (sensitive && isAllowed(caller.access, "secret:write", ref)) continue;
    throw await recordReach(deps, { caller }, ground, draft, ref);
  }
}

/** Whoever may write here may know that it reaches there: 403, whether it may be listed or not. */
async function recordReach(
  deps: RefusalDeps,
  { caller }: Pick<ChangeSet, "caller">,
  ground: Ground,
  draft: Draft,
  ref: KeyRef,
): Promise<Error> {
  const action = actionOf(draft.operation, draft.item.sensitive);
  const denied = { permission: "config:write", ref, action, revision: ground.basis } as const;
  return await recordDenial(deps, caller, { ...denied, isKnown: true });
}
