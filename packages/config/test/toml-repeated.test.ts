import { parseText } from "@llmcfg/config/sources";
import { expect, test } from "vitest";

test.each<[string, string, string, [number, number], [number, number]]>([
  ["a key", "a = 1\na = 2\n", "a", [2, 1], [1, 1]],
  ["a key in quotes", 'a = 1\nx = "é😀"\n"a" = 2\n', "a", [3, 1], [1, 1]],
  ["a key in a table", "[t]\nb = 1\n[u]\nb = 1\nb = 2\n", "b", [5, 1], [4, 1]],
  ["a key with dots", "x.a = 1\na = 1\nx.a = 2\n", "a", [3, 3], [1, 3]],
  ["a value that is stepped into", "a = 1\na.b = 2\n", "a", [2, 1], [1, 1]],
  ["a table", "[a.b]\nx = 1\n[a]\n[a]\n", "a", [4, 2], [3, 2]],
  ["a key of an item", "[[l]]\na = 1\n[[l]]\na = 1\na = 2\n", "a", [5, 1], [4, 1]],
  ["a table of an item", "[[l]]\n[l.t]\n[[l]]\n[l.t]\n[l.t]\n", "t", [5, 4], [4, 4]],
  ["a key of an inline table", "a = {b = 1, c = 2, b = 3}\n", "b", [1, 20], [1, 6]],
  ["a key in an array", "a = [\n  {b = 1},\n  {b = 1, b = 2},\n]\n", "b", [3, 11], [3, 4]],
  ["what is repeated twice", "a = 1\na = 2\nb = 1\na = 3\nb = 2\n", "a", [2, 1], [1, 1]],
])(
  "LOAD-7 %s that is repeated in TOML %j is told as in YAML, with both places",
  (_what, text, name, at, first) => {
    const result = parseText(text, {
      format: "toml",
      place: (line, column) => ({ kind: "file", file: "gateway.toml", line, column }),
    });

    const [line, column] = at;
    expect(result.state === "malformed" && result.findings).toMatchObject([
      {
        code: "duplicate_key",
        message: `the key "${name}" is repeated`,
        position: { line, column },
        related: [{ path: "", position: { line: first[0], column: first[1] } }],
      },
    ]);
  },
);
