import { compileGlob } from "@llmcfg/config";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileNamePattern } from "../../src/route/name-pattern.ts";

test("RTE-2 the quick way to match * agrees with the pattern engine", () => {
  const piece = fc.string({ unit: fc.constantFrom("a", "b", "/", "*"), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 12 });

  fc.assert(
    fc.property(piece, text, (pattern, name) => {
      expect(compileNamePattern(pattern)(name)).toBe(compileGlob(pattern)(name));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["*", "", true],
  ["a*b*a", "aba", true],
  ["ab*ba", "aba", false],
])("RTE-2 %s against %s: %s", (pattern, name, expected) => {
  expect(compileNamePattern(pattern)(name)).toBe(expected);
});
