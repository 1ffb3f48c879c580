import { expect, test } from "vitest";
import { readPlainScalar } from "../../src/import/litellm/py-yaml-scalar.ts";

test.each([
  ["80_000", 80_000],
  ["True", true],
  ["on", true],
  ["Off", false],
  ["yes", true],
  ["y", "y"],
  ["n", "n"],
  ["~", null],
  ["", null],
  ["0o17", "0o17"],
  ["017", 15],
  ["0x1f", 31],
  ["0b101", 5],
  ["1:30", 90],
  ["1e5", "1e5"],
  ["1e-06", "1e-06"],
  ["1.0e-06", 1e-6],
  ["1.5e3", "1.5e3"],
  [".5", 0.5],
  ["2024-10-21", "2024-10-21"],
  [".inf", ".inf"],
  ["99999999999999999999", "99999999999999999999"],
  ["gpt-4o", "gpt-4o"],
])("GWI-8 %j is read as PyYAML reads it", (source, expected) => {
  expect(readPlainScalar(source).value).toBe(expected);
});
