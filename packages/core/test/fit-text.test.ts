import fc from "fast-check";
import { expect, test } from "vitest";
import { cutMiddle, fitParts, wrapWords } from "../src/fit-text.ts";

test.each([
  ["a short one", 40, "a short one"],
  ["postgres://db.internal:5432/models", 16, "postgres…/models"],
  ["abcdef", undefined, "abcdef"],
  ["👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 3, "👩‍👩‍👧…👩‍👩‍👧"],
] as const)("%j is cut to %s characters in its middle, never through one", (text, width, cut) => {
  expect(cutMiddle(text, width)).toBe(cut);
});

test("words go to lines that are no longer than the width, those after the first indented", () => {
  const text = "  ! model gpt-4o is served by azure-eu instead of openai";

  expect(wrapWords(text, { width: 30, indent: 4 })).toEqual([
    "  ! model gpt-4o is served by",
    "    azure-eu instead of openai",
  ]);
  expect(wrapWords(text, { width: undefined, indent: 4 })).toEqual([text]);
});

test("wrapping keeps every word, and cuts none", () => {
  const word = fc.stringMatching(/^[a-z]{1,12}$/);
  const given = fc.record({ words: fc.array(word, { minLength: 1 }), width: fc.nat(40) });
  fc.assert(
    fc.property(given, ({ words, width }) => {
      const lines = wrapWords(words.join(" "), { width, indent: 2 });

      expect(lines.map((line) => line.trim()).join(" ")).toBe(words.join(" "));
      const isTooLong = (line: string) => line.length > width && line.trim().includes(" ");
      expect(lines.filter(isTooLong)).toEqual([]);
    }),
  );
});

test("parts stand on one line where they fit, else each on one of its own", () => {
  const parts = ["gateway.yaml:19:13", "lost: environment outranks it"];

  expect(fitParts("  · file  5", parts, { width: 80, indent: 6 })).toEqual([
    "  · file  5  gateway.yaml:19:13  lost: environment outranks it",
  ]);
  expect(fitParts("  · file  5", parts, { width: 40, indent: 6 })).toEqual([
    "  · file  5  gateway.yaml:19:13",
    "      lost: environment outranks it",
  ]);
  expect(fitParts("  · file  5", parts, { width: 24, indent: 6 })).toEqual([
    "  · file  5",
    "      gateway.yaml:19:13",
    "      lost: env…ranks it",
  ]);
});
