import type { Expression, ExpressionBuilder, Kysely, Selectable, SqlBool } from "kysely";
import type { AuditFilter, AuditStore } from "../../modules/audit/ports.ts";
import type { Query } from "./item-queries.ts";
import { prefixRange } from "./prefix-range.ts";
import type { AuditEventTable, Tables } from "./tables.ts";
import { unindexed } from "./unindexed.ts";

type RecordPage = Parameters<AuditStore["query"]>[2];

/** The records that fit the filter. */
export function recordsQuery(
  db: Kysely<Tables>,
  tenant: string,
  filter: AuditFilter,
  { order, limit, after }: RecordPage,
): Query<Selectable<AuditEventTable>> {
  let query = db
    .selectFrom("audit_event")
    .selectAll()
    .where("tenant", "=", tenant)
    .where((eb) => eb.and(conditionsOf(eb, tenant, filter)));
  if (after !== undefined) query = query.where("seq", order === "newest" ? "<" : ">", after);
  return query.orderBy("seq", order === "newest" ? "desc" : "asc").limit(limit);
}

function conditionsOf(
  eb: ExpressionBuilder<Tables, "audit_event">,
  tenant: string,
  filter: AuditFilter,
): readonly Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = [];
  for (const column of ["actor", "action", "env", "service", "outcome"] as const) {
    const wanted = filter[column];
    if (wanted !== undefined) conditions.push(eb(column, "=", wanted));
  }
  if (filter.key !== undefined) conditions.push(...conditionsOnKey(eb, filter.key));
  const { sinceMs, untilMs } = filter;
  const seq = isNarrow(filter) ? unindexed("audit_event.seq") : eb.ref("seq");
  if (sinceMs !== undefined) conditions.push(...conditionsOnTime(eb, tenant, seq, [">=", sinceMs]));
  if (untilMs !== undefined) conditions.push(...conditionsOnTime(eb, tenant, seq, ["<", untilMs]));
  return conditions;
}

/** Whether an index of its own gives the records in order: then the bounds of time shall not. */
function isNarrow({ actor, action, outcome, env, service }: AuditFilter): boolean {
  const hasNamespace = env !== undefined && service !== undefined;
  return hasNamespace || [actor, action, outcome].some((wanted) => wanted !== undefined);
}

/**
 * The time itself, and the index that the first or last record of that time has: clocks are set
 * back, so the order of the log is not that of time, but nearly. Without the bound, whoever asks
 * for the last minute would read the whole log; without the order, whoever asks for ten records.
 */
function conditionsOnTime(
  eb: ExpressionBuilder<Tables, "audit_event">,
  tenant: string,
  seq: Expression<number>,
  [operator, atMs]: readonly [operator: ">=" | "<", atMs: number],
): readonly Expression<SqlBool>[] {
  const other = unindexed("o.seq");
  const bound = eb
    .selectFrom("audit_event as o")
    .select((o) => (operator === ">=" ? o.fn.min(other) : o.fn.max(other)).as("bound"))
    .where("o.tenant", "=", tenant)
    .where("o.at_ms", operator, atMs);
  return [
    eb(unindexed("audit_event.at_ms"), operator, atMs),
    eb(seq, operator === ">=" ? ">=" : "<=", bound),
  ];
}

function conditionsOnKey(
  eb: ExpressionBuilder<Tables, "audit_event">,
  key: string,
): readonly Expression<SqlBool>[] {
  if (!key.endsWith("/")) return [eb("key", "=", key)];
  const { from, below } = prefixRange(key);
  return below === undefined
    ? [eb("key", ">=", from)]
    : [eb("key", ">=", from), eb("key", "<", below)];
}
