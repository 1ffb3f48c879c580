/**
 * The built-in roles: fixed, so that a binding means the same in every deployment.
 *
 * @module
 */

import { PERMISSIONS, type Permission } from "./ports.ts";

export type RoleName =
  | "viewer"
  | "editor"
  | "secret-reader"
  | "secret-writer"
  | "operator"
  | "auditor"
  | "admin"
  | "agent";

const VIEWER: readonly Permission[] = [
  "config:list",
  "config:read",
  "secret:list",
  "schema:read",
  "env:read",
  "agent:read",
  "cache:read",
  "token:self",
];

const EDITOR: readonly Permission[] = [...VIEWER, "config:write", "config:delete"];

/** What each role lets its holder do; those of `secret-writer`, `auditor` and `admin` see no values. */
const ROLES: Readonly<Record<RoleName, readonly Permission[]>> = {
  viewer: VIEWER,
  editor: EDITOR,
  "secret-reader": ["config:list", "secret:list", "secret:read", "token:self"],
  "secret-writer": ["config:list", "secret:list", "secret:write", "secret:rotate", "token:self"],
  operator: [
    ...EDITOR,
    "config:lock",
    "service:write",
    "agent:command",
    "cache:manage",
    "access:explain",
    "system:read",
  ],
  auditor: [
    "config:list",
    "secret:list",
    "env:read",
    "policy:read",
    "key:read",
    "access:explain",
    "system:read",
    "audit:read",
    "audit:export",
    "token:self",
  ],
  admin: [
    "config:list",
    "secret:list",
    "schema:read",
    "schema:write",
    "service:write",
    "agent:read",
    "agent:command",
    "env:read",
    "env:write",
    "policy:read",
    "policy:write",
    "access:explain",
    "audit:read",
    "audit:erase",
    "cache:read",
    "cache:manage",
    "key:read",
    "key:rotate",
    "token:self",
    "token:manage",
    "system:read",
  ],
  agent: ["config:list", "config:read", "secret:list", "secret:read", "agent:sync", "token:self"],
};

/** The roles that may be given to somebody. */
export const ROLE_NAMES: readonly RoleName[] = Object.keys(ROLES) as RoleName[]; // its own keys

/** Every permission there is: for the principal of a development server, never to be granted. */
const OWNER = "owner";

/** What an agent may do, whatever its roles say. */
const OF_AGENTS: readonly Permission[] = [
  "config:list",
  "config:read",
  "secret:list",
  "secret:read",
  "agent:sync",
];

/** What a role gives to its holder; a role that does not exist gives nothing. */
export function permissionsOf(role: string, isOfAgent: boolean): readonly Permission[] {
  if (role === OWNER) return isOfAgent ? OF_AGENTS : PERMISSIONS;
  if (!isRoleName(role)) return [];
  return isOfAgent ? ROLES[role].filter((held) => OF_AGENTS.includes(held)) : ROLES[role];
}

function isRoleName(name: string): name is RoleName {
  return Object.hasOwn(ROLES, name);
}
