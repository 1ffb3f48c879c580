import type { Json } from "@llmcfg/core";
import { expect, test } from "vitest";
import { nestKeys } from "../../src/modules/configs/nest-keys.ts";

test("P4 a segment is a member like any other, whatever it is called, and changes no prototype", () => {
  const nested = nestKeys(
    new Map<string, Json>([
      ["a/b/c", 1],
      ["a/__proto__/isAdmin", true],
      ["d", 3],
    ]),
  );

  expect(JSON.stringify(nested)).toBe('{"a":{"b":{"c":1},"__proto__":{"isAdmin":true}},"d":3}');
  expect(Object.getPrototypeOf(nested["a"])).toBe(Object.prototype);
  expect("isAdmin" in {}).toBe(false);
});
