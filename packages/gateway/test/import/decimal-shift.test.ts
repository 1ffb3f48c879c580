import fc from "fast-check";
import { expect, test } from "vitest";
import { shiftDecimal } from "../../src/import/decimal-shift.ts";

test.each([
  ["0.0000025", 6, "2.5"],
  ["2.5e-06", 6, "2.5"],
  ["1e-7", 6, "0.1"],
  ["0.00000007", 6, "0.07"],
  ["0.000_001", 6, "1"],
  ["0", 6, "0"],
  ["0.1234567890123456789", 6, "123456.7890123456789"],
  ["2.5", -6, "0.0000025"],
  ["123456.7", -6, "0.1234567"],
  [".5", 0, "0.5"],
  ["100.50", 0, "100.5"],
])("GWI-10 %s moved by %i places is %s, exactly", (digits, places, expected) => {
  expect(shiftDecimal(digits, places)).toBe(expected);
});

test.each(["-1", "", ".", "abc", "1e9999", "Infinity"])("%j is no amount", (digits) => {
  expect(shiftDecimal(digits, 6)).toBeUndefined();
});

test("GWI-10 moving there and back changes no digit", () => {
  const whole = fc.bigInt({ min: 0n, max: 10n ** 20n });
  fc.assert(
    fc.property(whole, fc.nat({ max: 12 }), (digits, places) => {
      const there = shiftDecimal(digits.toString(), -places);

      expect(shiftDecimal(there ?? "", places)).toBe(digits.toString());
    }),
  );
});
