import { nearestNames } from "@llmcfg/core";
import fc from "fast-check";
import { expect, test } from "vitest";

const KEYS = [
  "production/ml-service/db-url",
  "production/ml-service/inference/model.config",
  "production/ml-service/inference/timeout-seconds",
  "production/ml-service/a",
];

test.each([
  ["X3 two letters swapped", "production/ml-service/db-ulr", KEYS[0]],
  ["one left out", "production/ml-service/inference/timeout-second", KEYS[2]],
  ["one too many", "production/ml-service/inference/modell.config", KEYS[1]],
  ["one changed and one swapped", "production/ml-service/inferense/timeuot-seconds", KEYS[2]],
  ["another case and separator", "production/ml-service/inference/Timeout_Seconds", KEYS[2]],
  ["no separator at all", "production/ml-service/inference/modelconfig", KEYS[1]],
])("%s leads to the key that was meant", (_name, written, meant) => {
  expect(nearestNames(written, KEYS)).toEqual([meant]);
});

test.each([
  ["three slips", "production/ml-service/db-xyz"],
  ["one letter, which could be any", "production/ml-service/b"],
  ["two slips in three letters", "production/ml-service/abc"],
  ["a name that is there", "production/ml-service/db-url"],
])("%s leads nowhere", (_name, written) => {
  expect(nearestNames(written, KEYS)).toEqual([]);
});

test("the nearest come first, equally near ones in order, each once, and no more than asked for", () => {
  const candidates = ["colour", "colors", "Color_", "coler", "colxx", "coler", "dolor"];

  expect(nearestNames("color", candidates)).toEqual(["Color_", "coler", "colors"]);
  expect(nearestNames("color", candidates, 9)).toEqual([
    "Color_",
    "coler",
    "colors",
    "colour",
    "dolor",
    "colxx",
  ]);
});

test("near is what a plain distance says, and the order in which candidates come is nothing", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "d"), minLength: 4, maxLength: 9 });

  fc.assert(
    fc.property(word, fc.uniqueArray(word, { maxLength: 12 }), (name, candidates) => {
      const expected = candidates
        .filter((c) => c !== name)
        .map((c) => ({ c, d: distance(name, c) }))
        .filter(({ d }) => d <= 2)
        .toSorted((x, y) => x.d - y.d || (x.c < y.c ? -1 : 1))
        .map(({ c }) => c);

      expect(nearestNames(name, candidates, 99)).toEqual(expected);
      expect(nearestNames(name, candidates.toReversed(), 99)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test("P5 many and long candidates take little time", () => {
  const long = "x".repeat(1_000);
  const candidates = Array.from({ length: 5_000 }, (_, i) => `${long}${i % 7}${i}`);

  const started = performance.now();
  nearestNames(`${long}1234`, candidates);

  expect(performance.now() - started).toBeLessThan(2_000);
});

/** Optimal string alignment, over the whole table. */
function distance(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (__, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number) => d[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const steps = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (isSame ? 0 : 1)];
      const row = d[i] ?? [];
      row[j] = Math.min(...steps, isSwap ? at(i - 2, j - 2) + 1 : Infinity);
    }
  }
  return at(a.length, b.length);
}
