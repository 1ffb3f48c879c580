/**
 * How a use case refuses: everywhere with the same error, and without telling more than the caller
 * may know.
 *
 * @module
 */

import { formatPath, type KeyRef, LlmcfgError, type Revision } from "@llmcfg/core";
import type { Caller, Permission, Resource } from "./ports.ts";

/**
 * Lets those pass who hold the permission on the resource: on all of it, where it is a namespace.
 *
 * For what everybody may know to exist; of items see {@link denialFor}.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`
 */
export function requirePermission(
  caller: Caller,
  permission: Permission,
  resource: Resource,
): void {
  const { allowed, because } = caller.access.decide(permission, resource);
  if (!allowed) throw policyDenied(caller, { permission, rule: because, path: pathOf(resource) });
}

/**
 * Lets those pass who hold the permission on at least one thing below the resource: what a list asks
 * before it filters.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`
 */
export function requireBelow(caller: Caller, permission: Permission, resource: Resource): void {
  if (caller.access.mayHoldBelow(permission, resource)) return;
  const { because } = caller.access.decide(permission, resource);
  throw policyDenied(caller, { permission, rule: because, path: pathOf(resource) });
}

/**
 * The refusal of something on an item, whether it exists or not: 404 for whoever may not list it,
 * else 403 (ERR-02).
 *
 * @param suggestions the near keys that the caller may list, as a truly missing key has them
 */
export function denialFor(
  caller: Caller,
  permission: Permission,
  ref: KeyRef,
  revision: Revision,
  suggestions: readonly string[] = [],
): LlmcfgError {
  const item: Resource = { kind: "item", ...ref };
  if (!caller.access.decide("config:list", item).allowed) {
    return keyNotFound(ref, revision, suggestions);
  }
  const { because } = caller.access.decide(permission, item);
  return policyDenied(caller, { permission, rule: because, path: formatPath(ref) });
}

/** Says that there is no such key, whatever the reason; a caller who may know it gets it as `hint`. */
export function keyNotFound(
  ref: KeyRef,
  revision: Revision,
  suggestions: readonly string[] = [],
  hint?: string,
): LlmcfgError<"KEY_NOT_FOUND"> {
  const message = `${formatPath(ref)} does not exist at revision ${revision}`;
  const more = hint === undefined ? {} : { hint };
  return new LlmcfgError("KEY_NOT_FOUND", message, { suggestions, ...more });
}

function policyDenied(
  { actor }: Caller,
  denied: { readonly permission: Permission; readonly rule: string; readonly path: string },
): LlmcfgError<"POLICY_DENIED"> {
  const { permission, rule, path } = denied;
  const message = `${actor.principal} does not hold ${permission} on ${path}`;
  return new LlmcfgError("POLICY_DENIED", message, { rule, permission, path });
}

/** What a resource covers, as text: a path, or a selector. */
function pathOf(resource: Resource): string {
  switch (resource.kind) {
    case "item":
      return formatPath(resource);
    case "namespace":
      return [resource.env, resource.service, `${resource.prefix ?? ""}**`]
        .filter((part) => part !== undefined)
        .join("/");
    case "tenant":
      return "**";
  }
}
