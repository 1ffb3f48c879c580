import { cutEnd, cutMiddle } from "./cut-text.ts";
import { printable } from "./printable.ts";
import { type TextWidth, textWidthFor } from "./text-width.ts";

const SEPARATOR = "  ";
/** Least width of a column that is cut. */
const LEAST = 6;

/**
 * Columns two spaces apart, no space at the end of a line; empty cells are `-`.
 *
 * @param columns how wide the terminal is: cells are cut where the lines would not fit, that of the
 * first column in its middle. Nothing is cut without it, as for a pipe
 */
export async function formatTable(
  rows: readonly (readonly string[])[],
  columns?: number,
): Promise<string> {
  const cells = rows.map((row) =>
    row.map((cell) => printable(cell === "" ? "-" : cell).replaceAll("\n", " ")),
  );
  const widthOf = await textWidthFor(cells.flat());
  const natural: number[] = [];
  for (const row of cells) {
    for (const [i, cell] of row.entries()) {
      natural[i] = Math.max(natural[i] ?? 0, widthOf(cell));
    }
  }
  const widths = columns === undefined ? natural : fitting(natural, columns);
  return cells.map((row) => toLine(row, widths, widthOf)).join("");
}

function toLine(row: readonly string[], widths: readonly number[], widthOf: TextWidth): string {
  const cells = row.map((cell, i) => {
    const width = widths[i] ?? 0;
    const shown = i === 0 ? cutMiddle(cell, width, widthOf) : cutEnd(cell, width, widthOf);
    return shown + " ".repeat(Math.max(0, width - widthOf(shown)));
  });
  return `${cells.join(SEPARATOR).trimEnd()}\n`;
}

/**
 * The widths that fit: narrow columns as they are, the wide ones share what is left; the first, which
 * names the row, has a double share.
 */
function fitting(natural: readonly number[], columns: number): readonly number[] {
  const wide = new Set(natural.keys());
  let left = columns - SEPARATOR.length * (natural.length - 1);
  for (;;) {
    const shares = [...wide].reduce((sum, i) => sum + weight(i), 0);
    const share = (i: number) => Math.floor((left / shares) * weight(i));
    const narrow = [...wide].find((i) => (natural[i] ?? 0) <= share(i));
    if (narrow === undefined) {
      return natural.map((width, i) => (wide.has(i) ? Math.max(LEAST, share(i)) : width));
    }
    wide.delete(narrow);
    left -= natural[narrow] ?? 0;
  }
}

function weight(column: number): number {
  return column === 0 ? 2 : 1;
}
