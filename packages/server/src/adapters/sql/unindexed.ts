import { type RawBuilder, sql } from "kysely";

/**
 * A number of a column, for a condition that no index shall serve.
 *
 * SQLite chooses without knowing how many rows there are, and takes an index that leads it through
 * the whole table where one is better that gives the rows in order.
 */
export function unindexed(column: string): RawBuilder<number> {
  return sql<number>`${sql.ref(column)} + 0`;
}
