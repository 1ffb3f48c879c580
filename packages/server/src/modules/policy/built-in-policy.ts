import { createAccess } from "./access.ts";
import { holds, mayGrant } from "./grants.ts";
import type { Policy } from "./ports.ts";
import { denialFor, keyNotFound, requireBelow, requirePermission } from "./require.ts";
import { ROLE_NAMES } from "./roles.ts";

/** The built-in roles, and bindings alone to give them: what decides in every deployment. */
export const builtInPolicy: Policy = {
  requirePermission,
  requireBelow,
  denialFor,
  keyNotFound,
  createAccess,
  roleNames: ROLE_NAMES,
  mayGrant,
  holds,
};
