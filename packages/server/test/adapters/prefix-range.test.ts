import fc from "fast-check";
import { expect, test } from "vitest";
import { prefixRange } from "../../src/adapters/sql/prefix-range.ts";

test.each([
  ["a", "a", "b"],
  ["a/", "a/", "a0"],
  ["a%_", "a%_", "a%`"],
  ["x\ud7ff", "x\ud7ff", "x\ue000"],
  ["x😀", "x😀", "x😁"],
  ["x\u{10ffff}\u{10ffff}", "x\u{10ffff}\u{10ffff}", "y"],
  ["\u{10ffff}", "\u{10ffff}", undefined],
  ["", "", undefined],
])("what begins with %j lies from %j on, below %j", (prefix, from, below) => {
  expect(prefixRange(prefix)).toEqual({ from, below });
});

test("a text lies in the range exactly where its bytes begin with those of the prefix", () => {
  const unit = fc.oneof(
    fc.constantFrom(
      "a",
      "b",
      "\ud7ff",
      "\ue000",
      "\uffff",
      "\u{10000}",
      "\u{10fffe}",
      "\u{10ffff}",
    ),
    fc.integer({ min: 0, max: 0xd7_ff }).map((point) => String.fromCodePoint(point)),
    fc.integer({ min: 0xe0_00, max: 0x10_ff_ff }).map((point) => String.fromCodePoint(point)),
  );
  const text = fc.string({ unit, maxLength: 4 });
  const prefixAndText = fc.oneof(
    fc.tuple(text, text),
    fc.tuple(text, text).map(([prefix, end]) => [prefix, prefix + end] as const),
  );

  fc.assert(
    fc.property(prefixAndText, ([prefix, whole]) => {
      const { from, below } = prefixRange(prefix);

      const isAbove = compare(whole, from) >= 0;
      const isBelow = below === undefined || compare(whole, below) < 0;

      const begins = Buffer.from(whole).subarray(0, Buffer.from(prefix).length);
      expect(isAbove && isBelow).toBe(begins.equals(Buffer.from(prefix)));
    }),
    { numRuns: 1_000 },
  );
});

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
