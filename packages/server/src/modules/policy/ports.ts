/**
 * Who may do what: permissions, and the rights of a caller as one value.
 *
 * @module
 */

import type { Actor } from "../audit/ports.ts";

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
