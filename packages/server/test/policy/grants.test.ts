import { expect, test } from "vitest";
import type { Binding } from "../../src/modules/identity/ports.ts";
import { holds, mayGrant } from "../../src/modules/policy/grants.ts";
import type { Holder } from "../../src/modules/policy/ports.ts";
import { ROLE_NAMES } from "../../src/modules/policy/roles.ts";

test.each([
  ["editor", "production/**", "editor", "production/**", true],
  ["editor", "production/**", "editor", "production/ml/**", true],
  ["editor", "production/**", "viewer", "production/ml/**", true],
  ["editor", "production/**", "editor", "**", false],
  ["editor", "production/**", "editor", "*/ml/**", false],
  ["editor", "production/**", "operator", "production/**", false],
  ["editor", "production/**", "secret-reader", "production/**", false],
  ["editor", "*/ml/**", "viewer", "production/ml/a/**", true],
  ["editor", "*/**", "viewer", "**", false],
  ["owner", "**", "admin", "**", true],
  ["admin", "**", "viewer", "**", false],
  ["owner", "**", "no-such-role", "**", false],
])("A9 a holder of %s on %s may give %s on %s: %s", (role, scope, given, on, allowed) => {
  const holder = holderOf({ role, scope });

  expect(mayGrant(holder, { role: given, scope: on }, "sa:deployer")).toBe(allowed);
  expect(holds(holder, { role: given, scope: on })).toBe(allowed);
});

test("A9 a role may be given that several bindings hold together", () => {
  const holder = holderOf(
    { role: "viewer", scope: "**" },
    { role: "operator", scope: "production/**" },
  );

  expect(mayGrant(holder, { role: "operator", scope: "production/**" }, "sa:x")).toBe(true);
  expect(mayGrant(holder, { role: "operator", scope: "**" }, "sa:x")).toBe(false);
});

test("A9 mayGrant lets a role be given that is not held, within the binding's scope", () => {
  const holder = holderOf({ role: "admin", scope: "production/**", mayGrant: ["editor"] });
  const may = (role: string, scope: string) => mayGrant(holder, { role, scope }, "sa:x");

  expect(may("editor", "production/ml/**")).toBe(true);
  expect(may("editor", "staging/**")).toBe(false);
  expect(may("editor", "**")).toBe(false);
  expect(may("secret-reader", "production/ml/**")).toBe(false);
});

test("A9 nobody gives to themselves what they do not hold", () => {
  const holder = holderOf({ role: "admin", scope: "**", mayGrant: ROLE_NAMES });

  expect(mayGrant(holder, { role: "secret-reader", scope: "**" }, "user:ada")).toBe(false);
  expect(mayGrant(holder, { role: "secret-reader", scope: "**" }, "sa:x")).toBe(true);
  expect(mayGrant(holder, { role: "admin", scope: "**" }, "user:ada")).toBe(true);
});

test("A9 a credential that is cut down gives no more than what it is cut down to", () => {
  const bindings = [bindingOf({ role: "owner", scope: "**", mayGrant: ROLE_NAMES })];
  const limitedTo = [{ role: "editor", scope: "production/**" }];
  const may = (role: string, scope: string) =>
    mayGrant({ principal: "user:ada", bindings, limitedTo }, { role, scope }, "sa:x");

  expect(may("viewer", "production/ml/**")).toBe(true);
  expect(may("editor", "staging/**")).toBe(false);
  expect(may("secret-reader", "production/**")).toBe(false);
  expect(may("admin", "production/**")).toBe(false);
});

test("A9 a credential cut down to the role that may grant still may", () => {
  const bindings = [bindingOf({ role: "admin", scope: "**", mayGrant: ROLE_NAMES })];
  const limited = (role: string, scope: string): Holder => ({
    principal: "user:ada",
    bindings,
    limitedTo: [{ role, scope }],
  });
  const grant = { role: "editor", scope: "production/**" };

  expect(mayGrant(limited("admin", "**"), grant, "sa:x")).toBe(true);
  expect(mayGrant(limited("admin", "staging/**"), grant, "sa:x")).toBe(false);
  expect(mayGrant(limited("auditor", "**"), grant, "sa:x")).toBe(false);
});

interface Given {
  readonly role: string;
  readonly scope: string;
  readonly mayGrant?: readonly string[];
}

function bindingOf({ role, scope, mayGrant: roles = [] }: Given): Binding {
  const about = { id: "bnd_0", principal: "user:ada", expiresAtMs: undefined };
  return { ...about, role, scope, mayGrant: roles };
}

function holderOf(...given: readonly Given[]): Holder {
  return { principal: "user:ada", bindings: given.map(bindingOf), limitedTo: undefined };
}
