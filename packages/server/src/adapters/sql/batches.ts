/**
 * How many values a statement may bind: the lowest limit of the engines, with room for more
 * conditions (SQLite 32,766; PostgreSQL 65,535).
 */
export const MAX_BOUND_VALUES: number = 30_000;

/** `rows` in order, cut so that a statement which binds each column of each row stays in the limit. */
export function* inBatches<Row extends object>(
  rows: readonly Row[],
): Generator<readonly Row[], void> {
  const columns = Object.keys(rows[0] ?? {}).length;
  const size = Math.floor(MAX_BOUND_VALUES / Math.max(columns, 1));
  for (let i = 0; i < rows.length; i += size) yield rows.slice(i, i + size);
}
