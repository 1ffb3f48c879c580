import { CompiledQuery, type Kysely } from "kysely";
import { expect, test } from "vitest";
import {
  currentVersionsQuery,
  headVersionsQuery,
  historyQuery,
  type Query,
  referrersQuery,
  servicesQuery,
} from "../../src/adapters/sql/item-queries.ts";
import { recordsQuery } from "../../src/adapters/sql/record-queries.ts";
import type { Tables } from "../../src/adapters/sql/tables.ts";
import { openSqlite } from "../../src/adapters/sqlite/open.ts";

type Db = Kysely<Tables>;
type PlannedQuery = (db: Db) => Query<unknown>;

const envs = ["base", "production"];
const service = "ml-service";
const targets = [
  { service, key: "a" },
  { service, key: "b" },
];
const refs = targets.map((target) => ({ env: "base", ...target }));
const page = { order: "newest", limit: 10 } as const;

const ITEM = "SEARCH i USING INDEX sqlite_autoindex_item_1 (tenant=? AND env=? AND service=?";
const ITEM_ONLY = ITEM.replace("INDEX", "COVERING INDEX");
const VERSION =
  "SEARCH v USING INDEX sqlite_autoindex_item_version_1 (tenant=? AND env=? AND service=? AND key=? AND version=?)";
const NEWEST =
  "SEARCH w USING INDEX sqlite_autoindex_item_version_1 (tenant=? AND env=? AND service=? AND key=?)";

test.each<[string, PlannedQuery, readonly string[]]>([
  [
    "the current versions of a service",
    (db) => currentVersionsQuery(db, "default", { envs, service }, undefined),
    [`${ITEM})`, VERSION],
  ],
  [
    "the current versions below a prefix",
    (db) => currentVersionsQuery(db, "default", { envs, service, prefix: "a/" }, undefined),
    [`${ITEM} AND key>? AND key<?)`, VERSION],
  ],
  [
    "the current versions of some keys",
    (db) => currentVersionsQuery(db, "default", { envs, service, keys: ["a", "b"] }, undefined),
    [`${ITEM} AND key=?)`, VERSION],
  ],
  [
    "the versions below a prefix at a revision",
    (db) => currentVersionsQuery(db, "default", { envs, service, prefix: "a/" }, 7),
    [`${ITEM_ONLY} AND key>? AND key<?)`, VERSION, NEWEST],
  ],
  [
    "the services",
    (db) => servicesQuery(db, "default", envs, undefined),
    ["SEARCH item USING COVERING INDEX item_by_state (tenant=? AND env=? AND state=?)"],
  ],
  [
    "the services at a revision",
    (db) => servicesQuery(db, "default", envs, 7),
    ["SEARCH i USING COVERING INDEX sqlite_autoindex_item_1 (tenant=? AND env=?)", VERSION, NEWEST],
  ],
  [
    "the referrers of keys",
    (db) => referrersQuery(db, "default", targets),
    [
      "SCAN 2-ROW VALUES CLAUSE",
      "SEARCH r USING COVERING INDEX item_reference_by_target (tenant=? AND target_service=? AND target_key=?)",
      `${ITEM} AND key=?)`,
    ],
  ],
  [
    "the heads that a commit checks",
    (db) => headVersionsQuery(db, "default", refs),
    ["SCAN 2-ROW VALUES CLAUSE", `${ITEM} AND key=?)`],
  ],
  [
    "a page of the history of an item",
    (db) => historyQuery(db, "default", { env: "base", ...targets[0]! }, { limit: 5, before: 9 }),
    [
      "SEARCH item_version USING INDEX sqlite_autoindex_item_version_1 (tenant=? AND env=? AND service=? AND key=? AND version<?)",
    ],
  ],
])("%s are found by index alone", async (_name, query, expected) => {
  await using db = await openSqlite(":memory:");

  const plan = await planOf(db, query(db));

  expect(plan.filter((step) => step.startsWith("S"))).toEqual(expected);
});

test.each<[string, Parameters<typeof recordsQuery>[2], readonly string[]]>([
  ["all", {}, [search("sqlite_autoindex_audit_event_1", "tenant=? AND seq<?")]],
  ["an actor", { actor: "a" }, [search("audit_event_by_actor", "tenant=? AND actor=? AND seq<?")]],
  [
    "an action and a time",
    { action: "a", sinceMs: 5 },
    [
      search("audit_event_by_action", "tenant=? AND action=? AND seq<?"),
      "SEARCH o USING COVERING INDEX audit_event_by_time (tenant=? AND at_ms>?)",
    ],
  ],
  [
    "an outcome",
    { outcome: "denied" },
    [search("audit_event_by_outcome", "tenant=? AND outcome=? AND seq<?")],
  ],
  [
    "a path",
    { env: "base", service, key: "a" },
    [search("audit_event_by_path", "tenant=? AND env=? AND service=? AND key=? AND seq<?")],
  ],
  [
    "what a path begins with",
    { env: "base", service, key: "a/" },
    [search("audit_event_by_service", "tenant=? AND env=? AND service=? AND seq<?")],
  ],
  [
    "the last minutes",
    { sinceMs: 5 },
    [
      search("sqlite_autoindex_audit_event_1", "tenant=? AND seq>? AND seq<?"),
      "SEARCH o USING COVERING INDEX audit_event_by_time (tenant=? AND at_ms>?)",
    ],
  ],
])(
  "records by %s are read in order from an index, without sorting",
  async (_name, filter, expected) => {
    await using db = await openSqlite(":memory:");

    const plan = await planOf(db, recordsQuery(db, "default", filter, { ...page, after: 100 }));

    expect(plan.filter((step) => step !== "SCALAR SUBQUERY 1")).toEqual(expected);
  },
);

function search(index: string, terms: string): string {
  return `SEARCH audit_event USING INDEX ${index} (${terms})`;
}

/** The steps that SQLite would take: `SEARCH` with an index, `SCAN` without one, or a sort. */
async function planOf(db: Db, query: Query<unknown>): Promise<readonly string[]> {
  const { sql, parameters } = query.compile();
  const plan = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
  const { rows } = await db.executeQuery<{ detail: string }>(plan);
  return rows.map((row) => row.detail);
}
