import { expect, test } from "vitest";
import { backoffMs } from "../../src/watch/backoff.ts";

test.each([
  [0, 0],
  [1, 500],
  [2, 1_000],
  [5, 8_000],
  [6, 15_000],
  [60, 15_000],
])("after %d failures a client waits up to %d ms, by chance", (failures, bound) => {
  expect(backoffMs(failures, 0)).toBe(0);
  expect(backoffMs(failures, 0.5)).toBe(bound / 2);
  expect(backoffMs(failures, 0.999)).toBeLessThanOrEqual(bound);
});

test("R7 what the server asks for takes the place of the half second, and may exceed the maximum", () => {
  expect(backoffMs(1, 0.5, 2_000)).toBe(1_000);
  expect(backoffMs(9, 0.5, 2_000)).toBe(7_500);
  expect(backoffMs(9, 0.5, 60_000)).toBe(30_000);
});
