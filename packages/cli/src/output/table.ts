import { printable } from "@llmcfg/core";
import { cutEnd, cutMiddle } from "./cut-text.ts";
import { type FittedColumns, fitColumns, SEPARATOR, type TableLayout } from "./fit-columns.ts";
import { type TextWidth, textWidthFor } from "./text-width.ts";

/** Of cells that have a line each. */
const INDENT = "    ";
const EMPTY = "-";

/**
 * Columns two spaces apart, no space at the end of a line; empty cells are `-`.
 *
 * @param columns how wide the terminal is: cells are cut where the lines would not fit, that of the
 * first column in its middle. Nothing is cut without it, as for a pipe
 * @param layout which columns are not cut, and which are left out before others are
 */
export async function formatTable(
  rows: readonly (readonly string[])[],
  columns?: number,
  layout: TableLayout = {},
): Promise<string> {
  const cells = rows.map((row) =>
    row.map((cell) => printable(cell === "" ? EMPTY : cell).replaceAll("\n", " ")),
  );
  const widthOf = await textWidthFor(cells.flat());
  const natural: number[] = [];
  for (const row of cells) {
    for (const [i, cell] of row.entries()) {
      natural[i] = Math.max(natural[i] ?? 0, widthOf(cell));
    }
  }
  const fitted = fitColumns(natural, columns, layout);
  const isFirstWhole = layout.whole?.includes(0) === true;
  return cells.map((row) => toLines(row, { fitted, isFirstWhole, widthOf })).join("");
}

interface Lines {
  readonly fitted: FittedColumns;
  readonly isFirstWhole: boolean;
  readonly widthOf: TextWidth;
}

function toLines(row: readonly string[], { fitted, isFirstWhole, widthOf }: Lines): string {
  const above: string[] = [];
  const cells = [...fitted.widths].map(([i, width]) => {
    let cell = row[i] ?? "";
    if (i === 0 && isFirstWhole && widthOf(cell) > width) {
      above.push(`${cell}\n`);
      cell = "";
    }
    const shown = i === 0 ? cutMiddle(cell, width, widthOf) : cutEnd(cell, width, widthOf);
    return shown + " ".repeat(Math.max(0, width - widthOf(shown)));
  });
  const below = fitted.below
    .map((i) => row[i] ?? EMPTY)
    .filter((cell) => cell !== EMPTY)
    .map((cell) => `${INDENT}${cell}\n`);
  return [...above, `${cells.join(SEPARATOR).trimEnd()}\n`, ...below].join("");
}
