/**
 * How audit records lie in their rows, how they come back, and how they are added.
 *
 * @module
 */

import type { Insertable, Selectable, Transaction } from "kysely";
import type { AuditOutcome, SealedRecord, StoredRecord } from "../../modules/audit/ports.ts";
import { inBatches } from "./batches.ts";
import { fromHex, toHex } from "./hex.ts";
import type { AuditEventTable, Tables } from "./tables.ts";

/** @param from the index of the first one, as the lock of the tenant gave it */
export async function insertRecords(
  tx: Transaction<Tables>,
  tenant: string,
  from: number,
  records: readonly SealedRecord[],
): Promise<void> {
  const rows = records.map((record, i) => toRecordRow(tenant, record, from + i));
  for (const batch of inBatches(rows)) await tx.insertInto("audit_event").values(batch).execute();
}

function toRecordRow(
  tenant: string,
  { index, ...record }: SealedRecord,
  seq: number,
): Insertable<AuditEventTable> {
  return {
    tenant,
    seq,
    id: record.id,
    at_ms: record.atMs,
    revision: record.revision,
    payload: record.payload,
    salt: toHex(record.salt),
    leaf: record.leaf,
    leaf_hash: toHex(record.leafHash),
    actor: index.actor,
    action: index.action,
    env: index.env ?? null,
    service: index.service ?? null,
    key: index.key ?? null,
    outcome: index.outcome,
  };
}

export function fromRecordRow(row: Selectable<AuditEventTable>): StoredRecord {
  return {
    seq: row.seq,
    id: row.id,
    atMs: row.at_ms,
    revision: row.revision,
    payload: row.payload,
    salt: fromHex(row.salt),
    leaf: row.leaf,
    leafHash: fromHex(row.leaf_hash),
    index: {
      actor: row.actor,
      action: row.action,
      env: row.env ?? undefined,
      service: row.service ?? undefined,
      key: row.key ?? undefined,
      outcome: row.outcome as AuditOutcome, // as toRecordRow wrote it
    },
  };
}
