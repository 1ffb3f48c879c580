import type { GrantBody, TokenBody } from "@llmcfg/protocol";
import type { Grant, StoredToken } from "./ports.ts";

/**
 * A token as it goes over the wire.
 *
 * @param roles what it can do: those it is cut down to, else its principal's
 * @param text the token itself, in the one answer that shows it
 */
export function toTokenBody(token: StoredToken, roles: readonly Grant[], text?: string): TokenBody {
  return {
    id: token.id,
    kind: token.kind,
    name: token.name,
    principal: token.principal,
    roles: toGrantBodies(roles),
    createdAt: toTime(token.createdAtMs),
    expiresAt: token.expiresAtMs === undefined ? null : toTime(token.expiresAtMs),
    lastUsedAt: token.lastUsedAtMs === undefined ? null : toTime(token.lastUsedAtMs),
    ...(text === undefined ? {} : { token: text }),
  };
}

export function toGrantBodies(grants: readonly Grant[]): readonly GrantBody[] {
  return grants.map(({ role, scope }) => ({ role, scope }));
}

function toTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
