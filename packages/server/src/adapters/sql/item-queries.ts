/**
 * The questions that are asked about items, as statements: one each, so that the answer is of one
 * state.
 *
 * @module
 */

import type { KeyRef, Revision, ServiceKey, Version } from "@llmcfg/core";
import {
  type Compilable,
  type Executable,
  type Expression,
  type ExpressionBuilder,
  type Kysely,
  type Selectable,
  type SqlBool,
} from "kysely";
import type { HistoryPage, ItemSelection } from "../../modules/configs/ports.ts";
import { MAX_BOUND_VALUES } from "./batches.ts";
import { prefixRange } from "./prefix-range.ts";
import type { ItemVersionTable, Tables } from "./tables.ts";
import { unindexed } from "./unindexed.ts";
import { valuesList } from "./values-list.ts";

/** A statement that gives rows of this form. */
export interface Query<Row> extends Compilable<Row>, Executable<Row> {}

/** The versions that were current, ordered by service, then by key, then as `select.envs` is. */
export function currentVersionsQuery(
  db: Kysely<Tables>,
  tenant: string,
  select: ItemSelection,
  at: Revision | undefined,
): Query<Selectable<ItemVersionTable>> {
  return itemsWithVersions(db)
    .selectAll("v")
    .where("i.tenant", "=", tenant)
    .where((eb) => eb.and(conditionsOf(eb, select)))
    .where((eb) => eb("v.version", "=", versionAt(eb, at)))
    .orderBy("i.service")
    .orderBy("i.key")
    .orderBy((eb) => placeOf(eb, select.envs));
}

/** The services that had a live item. */
export function servicesQuery(
  db: Kysely<Tables>,
  tenant: string,
  envs: readonly string[],
  at: Revision | undefined,
): Query<{ service: string }> {
  if (at === undefined) {
    return db
      .selectFrom("item")
      .select("service")
      .distinct()
      .where("tenant", "=", tenant)
      .where("env", "in", envs)
      .where("state", "=", "live")
      .orderBy("service");
  }
  return itemsWithVersions(db)
    .select("i.service")
    .distinct()
    .where("i.tenant", "=", tenant)
    .where("i.env", "in", envs)
    .where((eb) => eb("v.version", "=", versionAt(eb, at)))
    .where("v.state", "=", "live")
    .orderBy("i.service");
}

/** The versions of one item, newest first. */
export function historyQuery(
  db: Kysely<Tables>,
  tenant: string,
  { env, service, key }: KeyRef,
  { limit, before, at }: HistoryPage,
): Query<Selectable<ItemVersionTable>> {
  let query = db
    .selectFrom("item_version")
    .selectAll()
    .where((eb) => eb.and({ tenant, env, service, key }));
  if (before !== undefined) query = query.where("version", "<", before);
  if (at !== undefined) query = query.where("revision", "<=", at);
  return query.orderBy("version", "desc").limit(limit);
}

/** The live items that refer to one of `targets`, which must be few enough to be bound. */
export function referrersQuery(
  db: Kysely<Tables>,
  tenant: string,
  targets: readonly ServiceKey[],
): Query<KeyRef> {
  const wanted = targets.map(({ service, key }) => [service, key]);
  return db
    .selectFrom(valuesList<"column1" | "column2">(wanted))
    .crossJoin("item_reference as r")
    .crossJoin("item as i")
    .select(["r.env", "r.service", "r.key"])
    .distinct()
    .where("r.tenant", "=", tenant)
    .whereRef("r.target_service", "=", "w.column1")
    .whereRef("r.target_key", "=", "w.column2")
    .whereRef("i.tenant", "=", "r.tenant")
    .whereRef("i.env", "=", "r.env")
    .whereRef("i.service", "=", "r.service")
    .whereRef("i.key", "=", "r.key")
    .whereRef("i.head_version", "=", "r.version")
    .where("i.state", "=", "live")
    .orderBy("r.env")
    .orderBy("r.service")
    .orderBy("r.key");
}

/** The items among `refs` that there are, with their newest version. */
export function headVersionsQuery(
  db: Kysely<Tables>,
  tenant: string,
  refs: readonly KeyRef[],
): Query<KeyRef & { head_version: Version }> {
  const wanted = refs.map(({ env, service, key }) => [env, service, key]);
  return db
    .selectFrom(valuesList<"column1" | "column2" | "column3">(wanted))
    .crossJoin("item as i")
    .select(["i.env", "i.service", "i.key", "i.head_version"])
    .where("i.tenant", "=", tenant)
    .whereRef("i.env", "=", "w.column1")
    .whereRef("i.service", "=", "w.column2")
    .whereRef("i.key", "=", "w.column3");
}

/**
 * Each item `i` with each of its versions `v`.
 *
 * A cross join, because SQLite keeps its order: the few items first, and then not all their
 * versions, as it would think best, but the one that is wanted.
 */
function itemsWithVersions(db: Kysely<Tables>) {
  return db
    .selectFrom("item as i")
    .crossJoin("item_version as v")
    .whereRef("v.tenant", "=", "i.tenant")
    .whereRef("v.env", "=", "i.env")
    .whereRef("v.service", "=", "i.service")
    .whereRef("v.key", "=", "i.key");
}

type Joined = Tables & { i: Tables["item"]; v: Tables["item_version"] };

function conditionsOf(
  eb: ExpressionBuilder<Joined, "i" | "v">,
  { envs, service, prefix = "", keys }: ItemSelection,
): readonly Expression<SqlBool>[] {
  const conditions = [eb("i.env", "in", envs)];
  if (service !== undefined) conditions.push(eb("i.service", "=", service));
  if (prefix !== "") {
    const { from, below } = prefixRange(prefix);
    conditions.push(eb("i.key", ">=", from));
    if (below !== undefined) conditions.push(eb("i.key", "<", below));
  }
  if (keys !== undefined && mayBind(keys)) conditions.push(eb("i.key", "in", keys));
  return conditions;
}

/** Whether the keys can be bound; else the caller reads more and leaves out what it did not ask for. */
export function mayBind(keys: readonly string[]): boolean {
  return keys.length <= MAX_BOUND_VALUES;
}

/** Which version of item `i` was current: of the newest state, the one its row names. */
function versionAt(
  eb: ExpressionBuilder<Joined, "i" | "v">,
  at: Revision | undefined,
): Expression<number> {
  if (at === undefined) return eb.ref("i.head_version");
  return eb
    .selectFrom("item_version as w")
    .select("w.version")
    .whereRef("w.tenant", "=", "i.tenant")
    .whereRef("w.env", "=", "i.env")
    .whereRef("w.service", "=", "i.service")
    .whereRef("w.key", "=", "i.key")
    .where((w) => w(unindexed("w.revision"), "<=", at))
    .orderBy("w.version", "desc")
    .limit(1)
    .$asScalar();
}

/** The place of the item's environment among `envs`. */
function placeOf(
  eb: ExpressionBuilder<Joined, "i" | "v">,
  envs: readonly string[],
): Expression<number> {
  const [first = "", ...others] = envs;
  const start = eb.case().when("i.env", "=", first).then(0);
  return others
    .reduce((cases, env, i) => cases.when("i.env", "=", env).then(i + 1), start)
    .else(envs.length)
    .end();
}
