import { expect, test } from "vitest";
import { resolveKeyArgument, resolvePathArgument } from "../src/key-reference.ts";

const NOWHERE = { env: undefined, service: undefined, isGivenByFlag: false, environments: [] };
const HERE = { env: "staging", service: "ml-service", isGivenByFlag: false, environments: [] };
const BY_FLAG = { ...HERE, isGivenByFlag: true };

test.each([
  ["production/ml-service/a/b", NOWHERE, "production", "ml-service", "a/b"],
  ["prod/ml-service/a", HERE, "prod", "ml-service", "a"],
  ["/custom/svc/a", HERE, "custom", "svc", "a"],
  ["inference/timeout", HERE, "staging", "ml-service", "inference/timeout"],
  ["./dev/a", HERE, "staging", "ml-service", "dev/a"],
  ["production/a", BY_FLAG, "staging", "ml-service", "production/a"],
  [
    "svc/a",
    { env: "dev", service: undefined, isGivenByFlag: true, environments: [] },
    "dev",
    "svc",
    "a",
  ],
] as const)("§1.3 %s in its scope is the key it says", (argument, scope, env, service, key) => {
  expect(resolveKeyArgument(argument, scope)).toEqual({ env, service, key });
});

test.each([
  ["inference/timeout", NOWHERE, "--env"],
  ["a", { ...NOWHERE, env: "dev" }, "--service"],
  ["production/ml-service", NOWHERE, "the path production/ml-service names no key"],
] as const)(
  "%s without what it needs is refused, and the flag is named",
  (argument, scope, text) => {
    expect(() => resolveKeyArgument(argument, scope)).toThrow(text);
  },
);

test("a path ends with a slash where it is a folder", () => {
  expect(resolvePathArgument("production/ml-service/inference/", NOWHERE)).toEqual({
    env: "production",
    service: "ml-service",
    key: "inference/",
  });
  expect(resolvePathArgument("production", NOWHERE).service).toBeUndefined();
});
