/**
 * What a reader is shown: the keys that its bundle holds, or the hashes of the two would differ.
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
    SHOWING.every(
      (permission) => access.decide(permission, { kind: "namespace", ...namespace }).allowed,
    ),
  );
}

/** Whether a key is shown: that it is there, what its hash is. */
export function isShown(access: Access, ref: KeyRef): boolean {
  return SHOWING.every((permission) => access.decide(permission, { kind: "item", ...ref }).allowed);
}

const SHOWING: readonly Permission[] = ["config:list", "config:read"];

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
