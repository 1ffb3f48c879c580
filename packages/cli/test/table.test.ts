import { expect, test } from "vitest";
import { formatTable } from "../src/output/table.ts";

test("columns are two spaces apart by the width on the screen, and no line ends in spaces", async () => {
  const text = await formatTable([
    ["KEY", "VALUE", "BY"],
    ["a", "größe", "x"],
    ["bb", "大小", ""],
  ]);

  expect(text).toBe("KEY  VALUE  BY\na    größe  x\nbb   大小   -\n");
});

test("a cell is one line and cannot move the cursor", async () => {
  expect(await formatTable([["a\nb", "\u001b[31mred"]])).toBe("a b  \ufffd[31mred\n");
});

const KEYS = [
  ["KEY", "TYPE", "VALUE", "VERSION", "REV", "FROM", "UPDATED"],
  ["inference/secrets/api-key", "string", "(sensitive)", "v1", "r2", "production", "2m"],
  ["inference/secrets/db-credentials", "string", "(sensitive)", "v1", "r2", "production", "2m"],
  [
    "db-url",
    "string",
    "postgres://db.internal.example.com:5432/ml?sslmode=verify-full",
    "v12",
    "r40",
    "staging",
    "3d",
  ],
];

test("CLI-03 in a pipe nothing is cut, however long it is", async () => {
  const text = await formatTable(KEYS);

  for (const cell of KEYS.flat()) expect(text).toContain(cell);
  expect(text).not.toContain("…");
});

test("at 200 columns what fits is whole", async () => {
  expect(await formatTable(KEYS, 200)).toBe(await formatTable(KEYS));
});

test("at 80 columns no line is longer, and a cut key keeps both ends", async () => {
  const lines = (await formatTable(KEYS, 80)).trimEnd().split("\n");

  expect(lines.map((line) => line.length).filter((length) => length > 80)).toEqual([]);
  expect(lines[1]).toMatch(/^infe\S*…\S*api-key {2,}string /);
  expect(lines[2]).toMatch(/^infe\S*…\S*credentials {2,}string /);
  expect(lines[3]).toMatch(/ postgres\S*… +v12 {2,}r40 {2,}staging/);
});

test("narrow columns stay whole, wide ones are cut, never through a character", async () => {
  const text = await formatTable(
    [
      ["ID", "TEXT"],
      ["1", "größe 大小大小大小大小"],
      ["2", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦"],
    ],
    12,
  );

  expect(text).toBe("ID  TEXT\n1   größe …\n2   👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦…\n");
});

test("a terminal that is narrower than any table still shows every column", async () => {
  const [header = ""] = (await formatTable(KEYS, 20)).split("\n");

  expect(header.split(/ {2,}/)).toHaveLength(7);
});
