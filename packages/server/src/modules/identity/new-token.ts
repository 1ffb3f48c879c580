/**
 * How tokens and bindings come to be, and what is recorded of them.
 *
 * @module
 */

import { createId, formatToken } from "@llmcfg/core";
import type { AuditEvent } from "../audit/ports.ts";
import type { Binding, Grant, StoredToken } from "./ports.ts";
import { createHandle, createSecret, hashSecret } from "./token-secret.ts";

/** A token, with its text: nobody will see that again. */
export interface NewToken {
  readonly token: StoredToken;
  /** `llmcfg_pat_…` */
  readonly text: string;
}

/** A token of these properties, with random parts of its own. */
export function makeToken(
  about: Omit<StoredToken, "id" | "handle" | "secretHash" | "lastUsedAtMs">,
): NewToken {
  const parts = { kind: about.kind, handle: createHandle(), secret: createSecret() };
  const token: StoredToken = {
    ...about,
    id: createId("tok", about.createdAtMs),
    handle: parts.handle,
    secretHash: hashSecret(parts),
    lastUsedAtMs: undefined,
  };
  return { token, text: formatToken(parts) };
}

export function makeBinding(
  principal: string,
  { role, scope }: Grant,
  nowMs: number,
  mayGrant: readonly string[] = [],
): Binding {
  const id = createId("bnd", nowMs);
  return { id, principal, role, scope, expiresAtMs: undefined, mayGrant };
}

/** What is recorded of a new token: nothing of its secret. */
export function detailsOf(
  { kind, name, principal, expiresAtMs, limitedTo }: StoredToken,
  bindings: readonly Binding[],
): AuditEvent["details"] {
  return {
    kind,
    name,
    principal,
    roles: (limitedTo ?? bindings).map(({ role, scope }) => ({ role, scope })),
    bindings: bindings.map(({ id }) => id),
    expiresAt: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
  };
}
