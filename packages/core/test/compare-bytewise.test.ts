import { compareBytewise } from "@llmcfg/core";
import fc from "fast-check";
import { expect, test } from "vitest";

test("characters above U+FFFF come last, which UTF-16 would have otherwise", () => {
  const texts = ["\u{1f600}", "\uffff", "\ue000", "\ud7ff", "b", "ab", "a", ""];

  expect(texts.toSorted(compareBytewise)).toEqual([
    "",
    "a",
    "ab",
    "b",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "\u{1f600}",
  ]);
});

test("the order is that of the UTF-8 bytes", () => {
  const edges = fc.constantFrom(0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000);
  const point = fc.oneof(edges, fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }));
  const text = fc.array(point, { maxLength: 5 }).map((points) => String.fromCodePoint(...points));

  fc.assert(
    fc.property(text, text, text, (start, a, b) => {
      const expected = Buffer.compare(Buffer.from(start + a), Buffer.from(start + b));

      expect(Math.sign(compareBytewise(start + a, start + b))).toBe(expected);
    }),
  );
});
