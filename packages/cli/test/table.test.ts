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

const EVENTS = [
  ["TIME", "RESOURCE", "REV", "ID"],
  ["2s", `production/ml-service/${"deep/".repeat(10)}key`, "r7", "ev_01M8APXFA5VV9DG3E2XW1AVV6Z"],
  ["5s", "-", "r7", "ev_01M8APXEF5ZRG6NKSJNQAK19A0"],
];

test("what people copy is never cut: where it leaves no room it has a line of its own below", async () => {
  const text = await formatTable(EVENTS, 60, { whole: [1, 3] });

  expect(text).toBe(`TIME  REV  ID
    RESOURCE
2s    r7   ev_01M8APXFA5VV9DG3E2XW1AVV6Z
    production/ml-service/${"deep/".repeat(10)}key
5s    r7   ev_01M8APXEF5ZRG6NKSJNQAK19A0
`);
});

test("a name in the first column that leaves no room stands above its row", async () => {
  const rows = [
    ["KEY", "VALUE", "FROM"],
    ["a/key/that/is/longer/than/its/share", "30", "base"],
    ["short", "a value of some length", "staging"],
  ];

  const text = await formatTable(rows, 40, { whole: [0] });

  expect(text).toBe(`KEY                  VALUE      FROM
a/key/that/is/longer/than/its/share
                     30         base
short                a value …  staging
`);
});

test("columns that can be spared are left out in order, and only as far as there is need", async () => {
  const headerAt = async (columns: number | undefined) => {
    const text = await formatTable(KEYS, columns, { whole: [0], spare: [6, 1] });
    return text.split("\n")[0]?.split(/ {2,}/);
  };

  expect(await headerAt(undefined)).toEqual(KEYS[0]);
  expect(await headerAt(100)).toEqual(KEYS[0]);
  expect(await headerAt(90)).toEqual(["KEY", "TYPE", "VALUE", "VERSION", "REV", "FROM"]);
  expect(await headerAt(80)).toEqual(["KEY", "VALUE", "VERSION", "REV", "FROM"]);
});

test.each([20, 40, 60, 80, 100, 120])(
  "CLI-03 at %i columns no line but one of an uncut cell is longer than the terminal",
  async (columns) => {
    const keys = await formatTable(KEYS, columns, { whole: [0], spare: [6, 1] });
    const events = await formatTable(EVENTS, columns, { whole: [1, 3] });

    for (const cell of [...KEYS.map(([key]) => key), ...EVENTS.flat()]) {
      expect(cell === "-" || (keys + events).includes(cell ?? "")).toBe(true);
    }
    const long = (keys + events).split("\n").filter((line) => line.length > Math.max(columns, 42));
    for (const line of long) expect(line.trim()).not.toMatch(/ /);
  },
);
