import { expect, test } from "vitest";
import { PERMISSIONS, type Permission } from "../../src/modules/policy/ports.ts";
import { permissionsOf, ROLE_NAMES } from "../../src/modules/policy/roles.ts";

const OF_VALUES: readonly Permission[] = ["config:read", "secret:read"];

/** The table of the security design, section 3.2, typed in; every role also holds `token:self`. */
const TABLE: Readonly<Record<string, string>> = {
  viewer: "config:list config:read secret:list schema:read env:read agent:read cache:read",
  editor:
    "config:list config:read secret:list schema:read env:read agent:read cache:read config:write config:delete",
  "secret-reader": "config:list secret:list secret:read",
  "secret-writer": "config:list secret:list secret:write secret:rotate",
  operator:
    "config:list config:read secret:list schema:read env:read agent:read cache:read config:write config:delete config:lock service:write agent:command cache:manage access:explain system:read",
  auditor:
    "config:list secret:list env:read policy:read key:read access:explain system:read audit:read audit:export",
  admin:
    "config:list secret:list schema:read schema:write service:write agent:read agent:command env:read env:write policy:read policy:write access:explain audit:read audit:erase cache:read cache:manage key:read key:rotate token:manage system:read",
  agent: "config:list config:read secret:list secret:read agent:sync",
};

test("there are exactly the roles of the table, each with exactly its permissions", () => {
  const roles = Object.fromEntries(
    ROLE_NAMES.map((role) => [role, permissionsOf(role, false).toSorted()]),
  );

  const expected = Object.fromEntries(
    Object.entries(TABLE).map(([role, permissions]) => [
      role,
      [...permissions.split(" "), "token:self"].toSorted(),
    ]),
  );
  expect(roles).toEqual(expected);
});

test.each(["secret-writer", "auditor", "admin"])("%s sees no value", (role) => {
  expect(permissionsOf(role, false).filter((held) => OF_VALUES.includes(held))).toEqual([]);
});

test("the owner of a development server holds every permission, and nobody can be given that", () => {
  expect(permissionsOf("owner", false)).toEqual(PERMISSIONS);
  expect(ROLE_NAMES).not.toContain("owner");
});

test.each(["", "Viewer", "viewer ", "constructor", "__proto__", "toString"])(
  "a role named %j gives nothing",
  (role) => {
    expect(permissionsOf(role, false)).toEqual([]);
  },
);

test("an agent reads what it is bound to and reports, whatever roles it was given", () => {
  const held = new Set(["owner", ...ROLE_NAMES].flatMap((role) => permissionsOf(role, true)));

  expect([...held].toSorted()).toEqual([
    "agent:sync",
    "config:list",
    "config:read",
    "secret:list",
    "secret:read",
  ]);
});
