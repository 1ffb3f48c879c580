import { type AliasedRawBuilder, sql } from "kysely";

/**
 * Rows of text as a table `w` with the columns `column1`, `column2`…, to be joined first: both
 * engines then look each row up in an index, where `(a, b) in (values …)` reads a whole table.
 */
export function valuesList<Column extends `column${number}`>(
  rows: readonly (readonly string[])[],
): AliasedRawBuilder<Record<Column, string>, "w"> {
  const tuples = rows.map((row) => sql`(${sql.join(row)})`);
  return sql<Record<Column, string>>`(values ${sql.join(tuples)})`.as("w");
}
