/**
 * How the columns of a table share the width of a terminal.
 *
 * @module
 */

/** What may be done to columns, by index, where the lines do not fit. */
export interface TableLayout {
  /**
   * Never cut, since people copy from them: where one leaves no room for the others, its cells have
   * lines of their own, those of the first column above their rows, others below.
   */
  readonly whole?: readonly number[];
  /** Left out, the first of them first, before others would be cut to less than can be read. */
  readonly spare?: readonly number[];
}

export interface FittedColumns {
  /** Of each column that stands in the lines. */
  readonly widths: ReadonlyMap<number, number>;
  /** Columns whose cells have a line each, below. */
  readonly below: readonly number[];
}

export const SEPARATOR = "  ";
/** Least width of a column that is cut. */
const LEAST = 6;
/** Below this a value that was cut says little. */
const READABLE = 16;

/** @param natural what each column needs so that nothing is cut */
export function fitColumns(
  natural: readonly number[],
  columns: number | undefined,
  { whole = [], spare = [] }: TableLayout = {},
): FittedColumns {
  const inLine = new Map(natural.entries());
  if (columns === undefined || sizeOf(inLine) <= columns) return { widths: inLine, below: [] };

  const isTight = () => {
    const least = [...inLine].map(
      ([i, width]) => [i, whole.includes(i) ? width : Math.min(width, READABLE)] as const,
    );
    return sizeOf(new Map(least)) > columns;
  };
  for (const i of spare) if (isTight()) inLine.delete(i);
  const below: number[] = [];
  const widthOf = (i: number) => natural[i] ?? 0;
  for (const i of whole.toSorted((a, b) => widthOf(b) - widthOf(a))) {
    if (i > 0 && isTight() && inLine.delete(i)) below.push(i);
  }
  const kept = whole.filter((i) => i > 0 || !isTight());
  return { widths: shared(inLine, kept, columns), below: below.toSorted((a, b) => a - b) };
}

function sizeOf(widths: ReadonlyMap<number, number>): number {
  const separators = SEPARATOR.length * Math.max(0, widths.size - 1);
  return [...widths.values()].reduce((sum, width) => sum + width, separators);
}

/**
 * The widths that fit: narrow columns and those that are kept as they are, the wide ones share what
 * is left; the first, which names the row, has a double share.
 */
function shared(
  natural: ReadonlyMap<number, number>,
  kept: readonly number[],
  columns: number,
): ReadonlyMap<number, number> {
  const wide = new Map([...natural].filter(([i]) => !kept.includes(i)));
  let left =
    columns - sizeOf(natural) + sizeOf(wide) - SEPARATOR.length * Math.max(0, wide.size - 1);
  for (;;) {
    const shares = [...wide.keys()].reduce((sum, i) => sum + weight(i), 0);
    const share = (i: number) => Math.floor((left / shares) * weight(i));
    const narrow = [...wide].find(([i, width]) => width <= share(i));
    if (narrow === undefined) {
      const cut = (i: number) => Math.max(LEAST, share(i));
      return new Map([...natural].map(([i, width]) => [i, wide.has(i) ? cut(i) : width]));
    }
    wide.delete(narrow[0]);
    left -= narrow[1];
  }
}

function weight(column: number): number {
  return column === 0 ? 2 : 1;
}
