/**
 * What a reader is shown, by the same rules as where it reads: permissions on a sensitive item are
 * those of secrets.
 *
 * @module
 */

import type { KeyRef } from "@llmcfg/core";
import type { Namespace } from "../configs/ports.ts";
import type { Access, Permission } from "../policy/ports.ts";
import type { Follow, ShownKey } from "./shown-key.ts";

/** Whether every key of the namespaces is shown, those to come too. */
export function seesAll(access: Access, namespaces: readonly Namespace[]): boolean {
  return namespaces.every((namespace) =>
    (["config:list", "config:read"] as const).every(
      (permission) => access.decide(permission, { kind: "namespace", ...namespace }).allowed,
    ),
  );
}

/** Whether a key is shown: that it is there, what its hash is. */
export function isShown(access: Access, ref: KeyRef, isSensitive: boolean): boolean {
  const holds = (permission: Permission) =>
    access.decide(permission, { kind: "item", ...ref }).allowed;
  if (!holds("config:list")) return false;
  return holds("config:read") || (isSensitive && (holds("secret:list") || holds("secret:read")));
}

/** Whether what a reference leads to is part of the value: that needs the right on it too. */
export function mayFollow(access: Access): (target: KeyRef, kind: Follow["kind"]) => boolean {
  return (target, kind) => {
    const permission = kind === "secret" ? "secret:read" : "config:read";
    return access.decide(permission, { kind: "item", ...target }).allowed;
  };
}

/** Whether the reader gets the key as everybody else does. */
export function mayFollowAll(access: Access, { follows }: ShownKey): boolean {
  const follow = mayFollow(access);
  return follows.every(({ target, kind }) => follow(target, kind));
}
