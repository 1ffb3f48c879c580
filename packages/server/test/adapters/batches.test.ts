import { expect, test } from "vitest";
import { inBatches } from "../../src/adapters/sql/batches.ts";

test("batches hold every row once, in order, and bind at most 30,000 values each", () => {
  const rows = Array.from({ length: 25_001 }, (_, a) => ({ a, b: 0, c: 0 }));

  const batches = [...inBatches(rows)];

  expect(batches.map((batch) => batch.length)).toEqual([10_000, 10_000, 5_001]);
  expect(batches.flat()).toEqual(rows);
});

test("no rows are no batch", () => {
  expect([...inBatches([])]).toEqual([]);
});
