import type { JsonObject } from "@llmcfg/core";
import type { AuditEventBody, ListPage } from "@llmcfg/protocol";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Keyring } from "../keys/ports.ts";
import type { Caller } from "../policy/ports.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { toEventBodies } from "./event-body.ts";
import type { AuditFilter, StoredRecord, WaitOptions } from "./ports.ts";
import { mayRead, type ReadingDeps, recordReading, requireReader } from "./reading.ts";

export interface QueryEvents {
  readonly caller: Caller;
  /** `actor` is a principal, `env` a name or an alias. */
  readonly filter: AuditFilter;
  readonly order: "newest" | "oldest";
  readonly limit: number;
  readonly cursor: string | undefined;
}

export interface QueryEventsDeps extends ReadingDeps {
  readonly keyring: Pick<Keyring, "authenticate">;
  readonly environments: EnvironmentReader;
}

/**
 * A page of the records that fit the filter and that the caller may see.
 *
 * Following the cursors gives each record that was there at the first page once, whatever is added
 * meanwhile. That it was read is on record before it is shown.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`; `INVALID_ARGUMENT` for a cursor of other filters;
 *   `AUDIT_UNAVAILABLE`
 */
export async function queryEvents(
  deps: QueryEventsDeps,
  query: QueryEvents,
  options: WaitOptions = {},
): Promise<ListPage<AuditEventBody>> {
  const { caller, order, limit } = query;
  const { tenant } = caller;
  await requireReader(deps, caller, "any part");
  const asked = toJson({ ...query.filter, order });
  const scope = { tenant, filter: asked };
  const after =
    query.cursor === undefined ? undefined : await parseCursor(deps.keyring, scope, query.cursor);

  const filter = await withStoredNames(deps, tenant, query.filter);
  const found =
    filter === undefined
      ? []
      : await visibleRecords(deps, caller, filter, { order, limit: limit + 1, after, ...options });
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;

  const details = { filter: asked, results: shown.length };
  await recordReading(deps, caller, { outcome: "allowed", details });
  return {
    items: await toEventBodies(deps.identityStore, tenant, shown),
    nextCursor: last === undefined ? null : await formatCursor(deps.keyring, scope, last.seq),
  };
}

/** The filter as records have it; `undefined` for an actor who never did anything. */
async function withStoredNames(
  { identityStore, environments }: QueryEventsDeps,
  tenant: string,
  filter: AuditFilter,
): Promise<AuditFilter | undefined> {
  const graph = await environments.graph(tenant);
  const env = filter.env === undefined ? undefined : (graph.find(filter.env)?.name ?? filter.env);
  if (filter.actor === undefined) return { ...filter, env };
  const actor = await identityStore.findActorId(tenant, filter.actor);
  return actor === undefined ? undefined : { ...filter, env, actor };
}

/** Reads on until there are enough that the caller may see. */
async function visibleRecords(
  { auditStore }: QueryEventsDeps,
  caller: Caller,
  filter: AuditFilter,
  page: Parameters<QueryEventsDeps["auditStore"]["query"]>[2],
): Promise<readonly StoredRecord[]> {
  const visible: StoredRecord[] = [];
  let { after } = page;
  while (visible.length < page.limit) {
    const records = await auditStore.query(caller.tenant, filter, { ...page, after });
    visible.push(...records.filter((record) => mayRead(caller, record)));
    if (records.length < page.limit) break;
    after = records.at(-1)?.seq;
  }
  return visible.slice(0, page.limit);
}

/** What was given of a filter, as records and cursors have it. */
function toJson(filter: AuditFilter & { readonly order: string }): JsonObject {
  return Object.fromEntries(
    Object.entries(filter).filter(
      (entry): entry is [string, string | number] => entry[1] !== undefined,
    ),
  );
}
