import { type Attempt, type Cause, findFallback } from "@llmcfg/gateway";
import { expect, test } from "vitest";

const attempts: readonly Attempt[] = [
  { provider: "a", model: "m", upstreamId: "m", on: [] },
  { provider: "b", model: "m", upstreamId: "m", on: ["timeout"] },
  { provider: "c", model: "m", upstreamId: "m", on: ["error", "rate_limited"] },
  { provider: "d", model: "n", upstreamId: "n", on: ["context_window"] },
];

test.each<[Cause, number | undefined]>([
  ["timeout", 1],
  ["error", 2],
  ["server_error", 2],
  ["unavailable", 2],
  ["rate_limited", 2],
  ["context_window", 3],
  ["content_policy", undefined],
])("RTE-6 after %s comes the first attempt that is meant for it", (cause, expected) => {
  expect(findFallback(attempts, new Set([0]), cause)).toBe(expected);
});

test("RTE-6 what was tried is not tried again, and an earlier one may still come", () => {
  expect(findFallback(attempts, new Set([0, 1]), "timeout")).toBeUndefined();
  expect(findFallback(attempts, new Set([0, 2]), "timeout")).toBe(1);
});
