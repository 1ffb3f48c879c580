/**
 * Who may give which rights to whom: nobody more than they have, but by `mayGrant`.
 *
 * @module
 */

import { selectorContains } from "@llmcfg/core";
import type { Grant } from "../identity/ports.ts";
import type { Holder, Permission } from "./ports.ts";
import { permissionsOf } from "./roles.ts";
import { parseScope } from "./scope.ts";

/**
 * Whether a holder may give a role in a scope to a principal: they hold it there themselves, or one
 * of their bindings lets them give it away. Nobody gives more rights to themselves.
 */
export function mayGrant(holder: Holder, grant: Grant, to: string): boolean {
  if (holds(holder, grant)) return true;
  if (to === holder.principal) return false;
  return holder.bindings.some(
    ({ role, scope, mayGrant: roles }) =>
      roles.includes(grant.role) &&
      contains(scope, grant.scope) &&
      holds(holder, { role, scope: grant.scope }), // the credential may not be cut down below it
  );
}

/** Whether every permission of the role is held in all of the scope. */
export function holds({ principal, bindings, limitedTo }: Holder, grant: Grant): boolean {
  const wanted = permissionsOf(grant.role, false);
  const isAgent = principal.startsWith("agent:");
  const isGivenBy = (grants: readonly Grant[], permission: Permission) =>
    grants.some(
      ({ role, scope }) =>
        permissionsOf(role, isAgent).includes(permission) && contains(scope, grant.scope),
    );
  return (
    wanted.length > 0 &&
    wanted.every(
      (permission) =>
        isGivenBy(bindings, permission) &&
        (limitedTo === undefined || isGivenBy(limitedTo, permission)),
    )
  );
}

function contains(outer: string, inner: string): boolean {
  const [a, b] = [parseScope(outer), parseScope(inner)];
  if (a === undefined || b === undefined) return false;
  return b.isWholeTenant ? a.isWholeTenant : selectorContains(a, b);
}
