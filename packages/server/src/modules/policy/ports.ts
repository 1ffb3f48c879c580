/**
 * Who may do what: permissions, and the rights of a caller as one value.
 *
 * @module
 */

import type { KeyRef, LlmcfgError, Revision } from "@llmcfg/core";
import type { Actor } from "../audit/ports.ts";
import type { Binding, Grant } from "../identity/ports.ts";

/** All permissions of the product, those of parts that are not built too. */
export const PERMISSIONS = [
  "config:list",
  "config:read",
  "config:write",
  "config:delete",
  "config:lock",
  "secret:list",
  "secret:read",
  "secret:write",
  "secret:rotate",
  "schema:read",
  "schema:write",
  "env:read",
  "env:write",
  "service:write",
  "policy:read",
  "policy:write",
  "access:explain",
  "audit:read",
  "audit:export",
  "audit:erase",
  "agent:read",
  "agent:sync",
  "agent:command",
  "cache:read",
  "cache:manage",
  "key:read",
  "key:rotate",
  "token:self",
  "token:manage",
  "system:read",
  "system:admin",
  "change:read",
  "change:write",
  "release:read",
  "release:write",
  "rollout:read",
  "rollout:write",
  "webhook:read",
  "webhook:write",
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** Where a permission is asked for: an item, everything below a namespace, or the tenant. */
export type Resource =
  | { readonly kind: "item"; readonly env: string; readonly service: string; readonly key: string }
  /** `service` and `prefix` as far as they are known; asks for all that lies below. */
  | {
      readonly kind: "namespace";
      readonly env: string;
      readonly service?: string | undefined;
      readonly prefix?: string | undefined;
    }
  | { readonly kind: "tenant" };

export interface Decision {
  readonly allowed: boolean;
  /** Id of the binding that allows it, or of the rule that denies it: `default-deny`. */
  readonly because: string;
}

/** The rights of a caller as they were when the credential was verified. Pure and quick. */
export interface Access {
  /** Equal for equal rights: answers made for one may be given to the other. */
  readonly key: string;
  decide(permission: Permission, resource: Resource): Decision;
  /** Whether the permission holds on at least one item below: what lists and streams ask first. */
  mayHoldBelow(permission: Permission, resource: Resource): boolean;
}

/** Who asks, as the verified credentials say. */
export interface Caller {
  readonly tenant: string;
  readonly actor: Actor;
  readonly access: Access;
  /** When the credential ends; `undefined` for never. */
  readonly expiresAtMs: number | undefined;
}

/** How a use case refuses what is about an item; `require.ts` has it. Pure. */
export interface Refusals {
  /** 404 as for a key that is not there, for whoever may not list it; else 403 (ERR-02). */
  denialFor(
    caller: Caller,
    permission: Permission,
    ref: KeyRef,
    revision: Revision,
    suggestions?: readonly string[],
  ): LlmcfgError;

  /**
   * Says that there is no such key.
   *
   * @param suggestions near keys that the caller may list
   * @param hint why there is none, for a caller who may list the key
   */
  keyNotFound(
    ref: KeyRef,
    revision: Revision,
    suggestions?: readonly string[],
    hint?: string,
  ): LlmcfgError;
}

/** What roles and bindings mean; `built-in-policy.ts` has it. Pure. */
export interface Policy extends Refusals {
  /**
   * Lets those pass who hold the permission on all of the resource.
   *
   * @throws {LlmcfgError} `POLICY_DENIED`
   */
  requirePermission(caller: Caller, permission: Permission, resource: Resource): void;

  /**
   * Lets those pass who hold the permission on anything below the resource.
   *
   * @throws {LlmcfgError} `POLICY_DENIED`
   */
  requireBelow(caller: Caller, permission: Permission, resource: Resource): void;

  /** The rights that the bindings of a principal give, within `limitedTo` where it is given. */
  createAccess(bindings: readonly Binding[], limitedTo?: readonly Grant[]): Access;

  /** The roles that may be given to somebody. */
  readonly roleNames: readonly string[];

  /** Whether a holder of rights may give a role in a scope to a principal. */
  mayGrant(holder: Holder, grant: Grant, to: string): boolean;

  /** Whether all that a grant gives is among the rights of the holder. */
  holds(holder: Holder, grant: Grant): boolean;
}

/** Somebody with rights: of the credential that was used, not of the principal alone. */
export interface Holder {
  readonly principal: string;
  /** Those of the principal that have not expired. */
  readonly bindings: readonly Binding[];
  /** What the credential is cut down to; `undefined` for all of the principal's. */
  readonly limitedTo: readonly Grant[] | undefined;
}
