import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Binding, Grant } from "../../src/modules/identity/ports.ts";
import { createAccess } from "../../src/modules/policy/access.ts";
import type { Permission, Resource } from "../../src/modules/policy/ports.ts";

const TENANT: Resource = { kind: "tenant" };

test("a binding allows what its role gives in its scope, by its id, and nothing else", () => {
  const access = createAccess([binding("editor", "production/ml-service/**")]);

  expect(access.decide("config:write", item("production/ml-service/db-url"))).toEqual({
    allowed: true,
    because: "bnd_0",
  });
  expect(access.decide("secret:read", item("production/ml-service/db-url"))).toEqual({
    allowed: false,
    because: "default-deny",
  });
});

test.each([
  ["production/ml/**", "production/mlops/a", false],
  ["production/ml/**", "production/ml/a", true],
  ["production/ml/**", "production/ml/a/b/c", true],
  ["production/ml/a", "production/ml/a", true],
  ["production/ml/a", "production/ml/a/b", false],
  ["production/ml/a", "production/ml/ab", false],
  ["production/**", "prod/ml/a", false],
  ["*/ml/**", "staging/ml/a", true],
  ["*/ml/**", "staging/mlops/a", false],
  ["production/*/secrets/*", "production/ml/secrets/key", true],
  ["production/*/secrets/*", "production/ml/secrets/a/b", false],
  ["**", "staging/ml/a", true],
  ["not a { selector", "not a { selector/x/y", false],
])("the scope %s, asked for the item %s: %s", (scope, path, allowed) => {
  const access = createAccess([binding("viewer", scope)]);

  expect(access.decide("config:read", item(path)).allowed).toBe(allowed);
});

test.each<readonly [scope: string, resource: Resource, all: boolean, any: boolean]>([
  ["**", TENANT, true, true],
  ["production/**", TENANT, false, true],
  ["*/**", TENANT, false, true],
  ["production/**", { kind: "namespace", env: "production" }, true, true],
  ["production/ml/**", { kind: "namespace", env: "production" }, false, true],
  ["production/ml/**", { kind: "namespace", env: "staging" }, false, false],
  ["production/ml/**", { kind: "namespace", env: "production", service: "ml" }, true, true],
  ["production/ml/**", { kind: "namespace", env: "production", service: "mlops" }, false, false],
  ["production/ml/a/**", folder("production", "ml", "a/"), true, true],
  ["production/ml/a/**", folder("production", "ml", "a/b/"), true, true],
  ["production/ml/a/**", folder("production", "ml", ""), false, true],
  ["production/ml/a/**", folder("production", "ml", "b/"), false, false],
  ["production/ml/a/**", folder("production", "ml", "a"), false, true],
  ["production/ml/a", folder("production", "ml", ""), false, true],
  ["*/ml/*", { kind: "namespace", env: "staging", service: "ml" }, false, true],
])("the scope %s, asked for all and any of %j: %s, %s", (scope, resource, all, any) => {
  const access = createAccess([binding("viewer", scope)]);

  expect(access.decide("config:read", resource).allowed).toBe(all);
  expect(access.mayHoldBelow("config:read", resource)).toBe(any);
});

test("A9 a limited credential holds what both its limit and its principal have", () => {
  const limited = createAccess(
    [binding("editor", "production/**"), binding("secret-reader", "**")],
    [{ role: "viewer", scope: "*/ml/**" }],
  );

  const asked = (permission: Permission, path: string) =>
    limited.decide(permission, item(path)).allowed;
  expect(asked("config:read", "production/ml/a")).toBe(true);
  expect(asked("config:write", "production/ml/a")).toBe(false); // not in the limit
  expect(asked("secret:read", "production/ml/a")).toBe(false); // not in the limit
  expect(asked("config:read", "production/api/a")).toBe(false); // not in the limit's scope
  expect(asked("config:read", "staging/ml/a")).toBe(false); // not the principal's
  expect(limited.decide("config:read", item("production/ml/a")).because).toBe("bnd_0");
});

test("A9 a limit to no roles leaves nothing", () => {
  const access = createAccess([binding("owner", "**")], []);

  expect(access.decide("config:list", item("production/ml/a")).allowed).toBe(false);
  expect(access.mayHoldBelow("config:list", TENANT)).toBe(false);
});

test("limits that meet the principal's scopes only elsewhere leave nothing below a folder", () => {
  const access = createAccess(
    [binding("viewer", "production/ml/**")],
    [
      { role: "viewer", scope: "production/api/**" },
      { role: "editor", scope: "*/*/a" },
    ],
  );

  const below = (service: string) =>
    access.mayHoldBelow("config:read", { kind: "namespace", env: "production", service });
  expect(below("api")).toBe(false);
  expect(below("ml")).toBe(true); // production/ml/a
});

test.each([
  ["a/b/c", "a/b/c/**", true],
  ["a/b/c/**", "a/b/c", true],
  ["a/b/*", "*/*/c", true],
  ["a/b/c", "a/b/c/*", false],
  ["a/b/c", "a/b/c/d/**", false],
  ["a/b/**", "a/*/c/d", true],
  ["a/b/**", "b/**", false],
])("a scope %s that is limited to %s leaves something: %s", (scope, limit, isAny) => {
  const access = createAccess([binding("viewer", scope)], [{ role: "viewer", scope: limit }]);

  expect(access.mayHoldBelow("config:read", TENANT)).toBe(isAny);
});

test("an agent does what agents do, with whatever role", () => {
  const access = createAccess([{ ...binding("owner", "**"), principal: "agent:gateway" }]);

  expect(access.decide("config:read", item("production/ml/a")).allowed).toBe(true);
  expect(access.decide("agent:sync", TENANT).allowed).toBe(true);
  expect(access.decide("config:write", item("production/ml/a")).allowed).toBe(false);
  expect(access.decide("token:self", TENANT).allowed).toBe(false);
});

describe("the key of an access", () => {
  const viewer = binding("viewer", "production/**");
  const editor = binding("editor", "staging/**");

  test("is the same for the same rights, in whatever order, of whatever principal", () => {
    const other = { ...viewer, id: "bnd_9", principal: "sa:other" };

    expect(keyOf([editor, other])).toBe(keyOf([viewer, editor]));
  });

  test("differs where rights may", () => {
    const asAgent = { ...viewer, principal: "agent:gateway" };
    const keys = [
      keyOf([]),
      keyOf([viewer]),
      keyOf([viewer, editor]),
      keyOf([viewer], []),
      keyOf([viewer], [viewer]),
      keyOf([viewer], [editor]),
      keyOf([binding("viewer", "production/ml/**")]),
      keyOf([asAgent]),
    ];

    expect(new Set(keys).size).toBe(keys.length);
  });
});

test("A2 whatever the rights, asking about folders agrees with asking about each item", () => {
  const check = fc.property(anyGrants, anyLimit, anyFolder, (grants, limit, at) => {
    const access = createAccess(
      grants.map(({ role, scope }) => binding(role, scope)),
      limit,
    );
    const below = UNIVERSE.filter((path) => path.startsWith(at.path));
    const held = below.filter((path) => access.decide("config:write", item(path)).allowed);
    const holdsAll = access.decide("config:write", at.resource).allowed;
    const mayHold = access.mayHoldBelow("config:write", at.resource);

    expect(held).toEqual(below.filter((path) => modelAllows(grants, limit, path)));
    expect(!holdsAll || held.length === below.length).toBe(true);
    expect(mayHold || held.length === 0).toBe(true);
  });

  fc.assert(check, { numRuns: 1_500 });
});

const SEGMENTS = ["a", "b"];

/** Every path of three to five segments from two names. */
const UNIVERSE: readonly string[] = [3, 4, 5].flatMap((length) =>
  Array.from({ length: 2 ** length }, (_, n) =>
    Array.from({ length }, (_s, i) => SEGMENTS[(n >> i) & 1]).join("/"),
  ),
);

const anyScope = fc
  .tuple(fc.array(fc.constantFrom("a", "b", "*"), { maxLength: 4 }), fc.boolean())
  .map(([segments, isOpen]) => (isOpen || segments.length < 3 ? [...segments, "**"] : segments))
  .map((segments) => segments.join("/"));
const anyGrant: fc.Arbitrary<Grant> = fc.record({
  role: fc.constantFrom("viewer", "editor"),
  scope: anyScope,
});
const anyGrants = fc.array(anyGrant, { maxLength: 3 });
const anyLimit = fc.option(anyGrants, { nil: undefined });
const anyFolder = fc
  .array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 4 })
  .map(([env = "a", service, ...prefix]): { path: string; resource: Resource } => ({
    path: [env, ...(service === undefined ? [] : [service]), ...prefix, ""].join("/"),
    resource: {
      kind: "namespace",
      env,
      service,
      prefix: prefix.map((segment) => `${segment}/`).join(""),
    },
  }));

/** Scopes as regular expressions: another way to say the same. */
function modelAllows(
  grants: readonly Grant[],
  limit: readonly Grant[] | undefined,
  path: string,
): boolean {
  const gives = ({ role, scope }: Grant) => role === "editor" && toPattern(scope).test(path);
  return grants.some(gives) && (limit === undefined || limit.some(gives));
}

function toPattern(scope: string): RegExp {
  const segments = scope.split("/").map((s) => (s === "**" ? ".*" : s === "*" ? "[^/]+" : s));
  return new RegExp(`^${segments.join("/").replace(/\/\.\*$/, "(/.*)?")}$`);
}

function binding(role: string, scope: string): Binding {
  const about = { principal: "user:ada", expiresAtMs: undefined, mayGrant: [] };
  return { id: "bnd_0", role, scope, ...about };
}

function item(path: string): Extract<Resource, { kind: "item" }> {
  const [env = "", service = "", ...key] = path.split("/");
  return { kind: "item", env, service, key: key.join("/") };
}

function keyOf(bindings: readonly Binding[], limit?: readonly Grant[]): string {
  return createAccess(bindings, limit).key;
}

function folder(env: string, service: string, prefix: string): Resource {
  return { kind: "namespace", env, service, prefix };
}
