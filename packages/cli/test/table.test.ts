import { expect, test } from "vitest";
import { formatTable } from "../src/output/table.ts";

test("columns are two spaces apart by the width on the screen, and no line ends in spaces", () => {
  const text = formatTable([
    ["KEY", "VALUE", "BY"],
    ["a", "größe", "x"],
    ["bb", "大小", ""],
  ]);

  expect(text).toBe("KEY  VALUE  BY\na    größe  x\nbb   大小   -\n");
});

test("a cell is one line and cannot move the cursor", () => {
  expect(formatTable([["a\nb", "\u001b[31mred"]])).toBe("a b  \ufffd[31mred\n");
});
