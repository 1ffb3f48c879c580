import { type KeyRef, LlmcfgError } from "@llmcfg/core";
import { expect, test } from "vitest";
import { createAccess } from "../../src/modules/policy/access.ts";
import type { Caller, Resource } from "../../src/modules/policy/ports.ts";
import {
  denialFor,
  keyNotFound,
  requireBelow,
  requirePermission,
} from "../../src/modules/policy/require.ts";

const REF: KeyRef = { env: "production", service: "ml-service", key: "db-url" };

test("who holds the permission passes", () => {
  const caller = callerWith("viewer", "production/**");

  expect(() => requirePermission(caller, "config:read", { kind: "item", ...REF })).not.toThrow();
  expect(() => requireBelow(caller, "config:read", { kind: "tenant" })).not.toThrow();
});

test.each<readonly [resource: Resource, path: string]>([
  [{ kind: "tenant" }, "**"],
  [{ kind: "namespace", env: "production" }, "production/**"],
  [{ kind: "namespace", env: "production", service: "ml-service" }, "production/ml-service/**"],
  [
    { kind: "namespace", env: "production", service: "ml-service", prefix: "inference/" },
    "production/ml-service/inference/**",
  ],
  [{ kind: "item", ...REF }, "production/ml-service/db-url"],
])("a refusal on %j names rule, permission and path", (resource, path) => {
  const caller = callerWith("viewer", "staging/**");

  const refused = catchError(() => requirePermission(caller, "token:manage", resource));

  expect(refused).toMatchObject({
    reason: "POLICY_DENIED",
    message: `user:ada does not hold token:manage on ${path}`,
    details: { rule: "default-deny", permission: "token:manage", path },
  });
});

test("who holds the permission nowhere below is refused there", () => {
  const caller = callerWith("viewer", "staging/**");

  const refused = catchError(() =>
    requireBelow(caller, "config:list", { kind: "namespace", env: "production" }),
  );

  expect(refused).toMatchObject({ reason: "POLICY_DENIED", details: { path: "production/**" } });
});

test("who may list an item is told 403", () => {
  const denial = denialFor(callerWith("viewer", "**"), "config:write", REF, 7);

  expect(denial).toMatchObject({
    reason: "POLICY_DENIED",
    message: "user:ada does not hold config:write on production/ml-service/db-url",
    details: { permission: "config:write", path: "production/ml-service/db-url" },
  });
});

test("ERR-02 who may not list it is told what a missing key tells, to the letter", () => {
  const caller = callerWith("viewer", "staging/**");
  const near = ["staging/ml-service/db-url"];

  const denial = denialFor(caller, "config:read", REF, 7, near);

  expect(denial).toEqual(keyNotFound(REF, 7, near));
  expect(denial).toMatchObject({
    reason: "KEY_NOT_FOUND",
    message: "production/ml-service/db-url does not exist at revision 7",
    details: { suggestions: near },
  });
});

function callerWith(role: string, scope: string): Caller {
  const binding = { id: "bnd_0", principal: "user:ada", role, scope };
  return {
    tenant: "default",
    actor: {
      principal: "user:ada",
      via: "token",
      credential: "tok_0",
      requestId: undefined,
      traceId: undefined,
    },
    access: createAccess([{ ...binding, expiresAtMs: undefined, mayGrant: [] }]),
    expiresAtMs: undefined,
  };
}

function catchError(act: () => void): LlmcfgError {
  try {
    act();
  } catch (error) {
    if (error instanceof LlmcfgError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
