import { isLlmcfgError } from "@llmcfg/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CreateToken, createToken } from "../../src/modules/identity/create-token.ts";
import type { NewToken } from "../../src/modules/identity/new-token.ts";
import { type Access, PERMISSIONS, type Resource } from "../../src/modules/policy/ports.ts";
import { ROLE_NAMES } from "../../src/modules/policy/roles.ts";
import { callerOf, devCaller, setUp } from "./set-up.ts";

test("A9 along whatever chain of tokens, no child holds what its parent does not", async () => {
  const made = { tokens: 0, refusals: 0 };
  const check = fc.asyncProperty(
    fc.array(anyStep, { minLength: 1, maxLength: 8 }),
    async (steps) => {
      const set = setUp();
      const callers = [await devCaller(set)];

      for (const { parent, ...asked } of steps) {
        const caller = callers[parent % callers.length];
        if (caller === undefined) throw new Error("there is always the first caller");
        const child = await orRefused(createToken(set.deps, { caller, ...asked }));
        made[child === undefined ? "refusals" : "tokens"]++;
        if (child === undefined) continue;

        const childCaller = await callerOf(set, child.text);
        expect(whatIsBeyond(childCaller.access, caller.access)).toEqual([]);
        callers.push(childCaller);
      }
    },
  );

  await fc.assert(check, { numRuns: 150 });

  expect(made.tokens).toBeGreaterThan(100); // else nothing was tried
  expect(made.refusals).toBeGreaterThan(100);
});

const anyStep: fc.Arbitrary<Omit<CreateToken, "caller"> & { readonly parent: number }> = fc.record({
  parent: fc.nat(),
  kind: fc.constantFrom("pat", "sa", "agt"),
  name: fc.constantFrom("a", "b"), // so that service accounts are met again
  roles: fc.array(
    fc.record({
      role: fc.oneof(fc.constantFrom(...ROLE_NAMES), fc.constant("admin")),
      scope: fc.constantFrom("**", "**", "production/**", "*/ml/**", "production/ml/a"),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

const RESOURCES: readonly Resource[] = [
  { kind: "tenant" },
  { kind: "namespace", env: "production" },
  { kind: "namespace", env: "staging", service: "ml" },
  { kind: "item", env: "production", service: "ml", key: "a" },
  { kind: "item", env: "production", service: "api", key: "a" },
  { kind: "item", env: "staging", service: "ml", key: "b" },
];

function whatIsBeyond(child: Access, parent: Access): readonly string[] {
  return PERMISSIONS.flatMap((permission) =>
    RESOURCES.filter(
      (resource) =>
        child.decide(permission, resource).allowed && !parent.decide(permission, resource).allowed,
    ).map((resource) => `${permission} on ${JSON.stringify(resource)}`),
  );
}

async function orRefused(making: Promise<NewToken>): Promise<NewToken | undefined> {
  try {
    return await making;
  } catch (error) {
    const isRefusal =
      isLlmcfgError(error, "POLICY_DENIED") || isLlmcfgError(error, "INVALID_ARGUMENT");
    if (isRefusal) return undefined;
    throw error;
  }
}
