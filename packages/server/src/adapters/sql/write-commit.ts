/**
 * The statements of one commit, in the order in which they run.
 *
 * @module
 */

import {
  formatPath,
  type ItemVersion,
  LlmcfgError,
  type Revision,
  type ServiceKey,
} from "@llmcfg/core";
import type { Transaction } from "kysely";
import type { CommitDraft, CommitOutcome, WaitOptions } from "../../modules/configs/ports.ts";
import { keepAnswer } from "./answers.ts";
import { insertRecords } from "./audit-records.ts";
import { inBatches } from "./batches.ts";
import { headVersionsQuery } from "./item-queries.ts";
import { toItemRow } from "./item-rows.ts";
import type { Tables } from "./tables.ts";
import { noSuchTenant } from "./tenant-lock.ts";

/**
 * Writes a draft, or nothing where the tenant is not at its basis.
 *
 * @param nowMs what decides which answers are still kept
 * @throws {TypeError} where a version does not follow the item's newest one
 */
export async function writeCommit(
  tx: Transaction<Tables>,
  tenant: string,
  draft: CommitDraft,
  { nowMs, signal }: WaitOptions & { readonly nowMs: number },
): Promise<CommitOutcome> {
  const taken = await takeRevision(tx, tenant, draft, { signal });
  if (taken === undefined) return { kind: "moved", head: await headRevision(tx, tenant) };

  const { revision, firstSeq } = taken;
  const items = draft.items.map((item) => ({ ...item, revision }));
  await requireNextVersions(tx, tenant, items);
  await insertVersions(tx, tenant, items);
  await moveHeads(tx, tenant, items);
  await insertReferences(tx, tenant, items, draft.references);
  await insertChange(tx, tenant, revision, draft);
  await insertRecords(tx, tenant, firstSeq, draft.records);
  await keepAnswerOf(tx, tenant, draft, nowMs);
  return { kind: "committed", revision };
}

/**
 * Takes the revision after the basis and room in the log, and makes this the one commit of the
 * tenant that runs, until the transaction ends. `undefined` where the tenant is elsewhere.
 */
async function takeRevision(
  tx: Transaction<Tables>,
  tenant: string,
  { basis, records }: CommitDraft,
  { signal }: WaitOptions,
): Promise<{ revision: Revision; firstSeq: number } | undefined> {
  const row = await tx
    .updateTable("tenant")
    .set((eb) => ({
      head_revision: basis + 1,
      audit_size: eb("audit_size", "+", records.length),
    }))
    .where("id", "=", tenant)
    .where("head_revision", "=", basis)
    .returning("audit_size")
    .executeTakeFirst({ signal });
  return row && { revision: basis + 1, firstSeq: row.audit_size - records.length };
}

async function headRevision(tx: Transaction<Tables>, tenant: string): Promise<Revision> {
  const row = await tx
    .selectFrom("tenant")
    .select("head_revision")
    .where("id", "=", tenant)
    .executeTakeFirst();
  if (row === undefined) throw noSuchTenant(tenant);
  return row.head_revision;
}

/** Versions have no gaps: reads of the past rely on it. */
async function requireNextVersions(
  tx: Transaction<Tables>,
  tenant: string,
  items: readonly ItemVersion[],
): Promise<void> {
  const heads = new Map<string, number>();
  for (const batch of inBatches(items.map((item) => item.ref))) {
    const rows = await headVersionsQuery(tx, tenant, batch).execute();
    for (const row of rows) heads.set(formatPath(row), row.head_version);
  }
  for (const { ref, version } of items) {
    const head = heads.get(formatPath(ref)) ?? 0;
    if (version === head + 1) continue;
    throw new TypeError(`${formatPath(ref)} is at v${head}, v${version} does not follow it`);
  }
}

async function insertVersions(
  tx: Transaction<Tables>,
  tenant: string,
  items: readonly ItemVersion[],
): Promise<void> {
  const rows = items.map((item, position) => toItemRow(tenant, item, position));
  for (const batch of inBatches(rows)) await tx.insertInto("item_version").values(batch).execute();
}

async function moveHeads(
  tx: Transaction<Tables>,
  tenant: string,
  items: readonly ItemVersion[],
): Promise<void> {
  const rows = items.map(({ ref, version, revision, state }) => ({
    tenant,
    ...namesOf(ref),
    head_version: version,
    head_revision: revision,
    state,
  }));
  for (const batch of inBatches(rows)) {
    await tx
      .insertInto("item")
      .values(batch)
      .onConflict((on) =>
        on.columns(["tenant", "env", "service", "key"]).doUpdateSet((eb) => ({
          head_version: eb.ref("excluded.head_version"),
          head_revision: eb.ref("excluded.head_revision"),
          state: eb.ref("excluded.state"),
        })),
      )
      .execute();
  }
}

async function insertReferences(
  tx: Transaction<Tables>,
  tenant: string,
  items: readonly ItemVersion[],
  references: CommitDraft["references"],
): Promise<void> {
  const rows = items.flatMap(({ ref, version }, i) =>
    distinct(references.get(i) ?? []).map((target) => ({
      tenant,
      ...namesOf(ref),
      version,
      target_service: target.service,
      target_key: target.key,
    })),
  );
  for (const batch of inBatches(rows)) {
    await tx.insertInto("item_reference").values(batch).execute();
  }
}

async function insertChange(
  tx: Transaction<Tables>,
  tenant: string,
  revision: Revision,
  { author, message, committedAtMs }: CommitDraft,
): Promise<void> {
  await tx
    .insertInto("change")
    .values({
      tenant,
      revision,
      author,
      message: message ?? null,
      committed_at_ms: committedAtMs,
    })
    .execute();
}

async function keepAnswerOf(
  tx: Transaction<Tables>,
  tenant: string,
  { answer: given }: CommitDraft,
  nowMs: number,
): Promise<void> {
  if (given === undefined) return;
  const isKept = await keepAnswer(tx, tenant, given.key, { answer: given.answer, nowMs });
  if (isKept) return;

  const message = "another request with this idempotency key was answered meanwhile";
  throw new LlmcfgError("IDEMPOTENCY_IN_PROGRESS", message, { retryAfter: 1 });
}

/** The columns that name an item, and nothing else that a reference may carry. */
function namesOf({ env, service, key }: ItemVersion["ref"]): ItemVersion["ref"] {
  return { env, service, key };
}

function distinct(targets: readonly ServiceKey[]): readonly ServiceKey[] {
  return [
    ...new Map(targets.map((target) => [`${target.service}/${target.key}`, target])).values(),
  ];
}
