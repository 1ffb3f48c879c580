import { expect, test } from "vitest";
import { goalOf } from "../src/write/report-fleet.ts";

test.each([
  [true, 7, 7],
  ["all", 7, 7],
  ["50%", 7, 4],
  ["100%", 7, 7],
  ["3", 7, 3],
  ["30", 7, 7],
] as const)("CLI-28 --wait=%s of %i agents is done with %i", (flag, connected, needed) => {
  expect(goalOf(flag)?.(connected)).toBe(needed);
});

test("CLI-28 without the flag nothing is waited for", () => {
  expect(goalOf(undefined)).toBeUndefined();
});

test.each(["", "0", "101%", "-1", "some"])("CLI-28 --wait=%s is refused", (flag) => {
  expect(() => goalOf(flag)).toThrow("no number of agents");
});
