import stringWidth from "string-width";
import { printable } from "./printable.ts";

/** Columns two spaces apart, nothing cut off, no space at the end of a line; empty cells are `-`. */
export function formatTable(rows: readonly (readonly string[])[], indent = ""): string {
  const cells = rows.map((row) =>
    row.map((cell) => printable(cell === "" ? "-" : cell).replaceAll("\n", " ")),
  );
  const widths: number[] = [];
  for (const row of cells) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, stringWidth(cell));
  }
  return cells
    .map((row) =>
      `${indent}${row.map((cell, i) => pad(cell, widths[i] ?? 0)).join("  ")}`.trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function pad(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - stringWidth(cell)));
}
