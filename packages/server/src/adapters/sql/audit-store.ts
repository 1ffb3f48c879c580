import type { Kysely, Selectable } from "kysely";
import type {
  AuditFilter,
  AuditStore,
  Checkpoint,
  SealedRecord,
  StoredRecord,
  WaitOptions,
} from "../../modules/audit/ports.ts";
import { fromRecordRow, insertRecords } from "./audit-records.ts";
import { fromHex, toHex } from "./hex.ts";
import { toAuditError } from "./outages.ts";
import { recordsQuery } from "./record-queries.ts";
import type { AuditCheckpointTable, Tables } from "./tables.ts";
import { lockTenant } from "./tenant-lock.ts";

/**
 * Keeps the audit log in SQLite or PostgreSQL.
 *
 * Whoever appends, here or with a commit, first moves `tenant.audit_size` and holds its row until
 * the transaction ends: indexes have no gaps and become visible in their order.
 */
export class SqlAuditStore implements AuditStore {
  readonly #db: Kysely<Tables>;

  /** @param db migrated; stays the caller's to close */
  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async append(
    tenant: string,
    records: readonly SealedRecord[],
    options: WaitOptions = {},
  ): Promise<void> {
    if (records.length === 0) return;
    try {
      await this.#db.transaction().execute(async (tx) => {
        const from = await lockTenant(tx, tenant, records.length, options);
        await insertRecords(tx, tenant, from, records);
      });
    } catch (error) {
      throw toAuditError(error);
    }
  }

  async size(tenant: string, { signal }: WaitOptions = {}): Promise<number> {
    const row = await this.#db
      .selectFrom("tenant")
      .select("audit_size")
      .where("id", "=", tenant)
      .executeTakeFirst({ signal });
    return row?.audit_size ?? 0;
  }

  async recordsFrom(
    tenant: string,
    from: number,
    limit: number,
    { signal }: WaitOptions = {},
  ): Promise<readonly StoredRecord[]> {
    const rows = await this.#db
      .selectFrom("audit_event")
      .selectAll()
      .where("tenant", "=", tenant)
      .where("seq", ">=", from)
      .orderBy("seq")
      .limit(limit)
      .execute({ signal });
    return rows.map(fromRecordRow);
  }

  async leafHashesFrom(
    tenant: string,
    from: number,
    limit: number,
    { signal }: WaitOptions = {},
  ): Promise<readonly Uint8Array[]> {
    const rows = await this.#db
      .selectFrom("audit_event")
      .select("leaf_hash")
      .where("tenant", "=", tenant)
      .where("seq", ">=", from)
      .orderBy("seq")
      .limit(limit)
      .execute({ signal });
    return rows.map((row) => fromHex(row.leaf_hash));
  }

  async find(
    tenant: string,
    id: string,
    { signal }: WaitOptions = {},
  ): Promise<StoredRecord | undefined> {
    const row = await this.#db
      .selectFrom("audit_event")
      .selectAll()
      .where((eb) => eb.and({ tenant, id }))
      .executeTakeFirst({ signal });
    return row && fromRecordRow(row);
  }

  async query(
    tenant: string,
    filter: AuditFilter,
    page: Parameters<AuditStore["query"]>[2],
  ): Promise<readonly StoredRecord[]> {
    const { signal } = page;
    const rows = await recordsQuery(this.#db, tenant, filter, page).execute({ signal });
    return rows.map(fromRecordRow);
  }

  async findLastCheckpoint(
    tenant: string,
    { signal }: WaitOptions = {},
  ): Promise<Checkpoint | undefined> {
    const row = await this.#db
      .selectFrom("audit_checkpoint")
      .selectAll()
      .where("tenant", "=", tenant)
      .orderBy("size", "desc")
      .limit(1)
      .executeTakeFirst({ signal });
    return row && fromCheckpointRow(row);
  }

  async checkpointsAfter(
    tenant: string,
    size: number,
    limit: number,
    { signal }: WaitOptions = {},
  ): Promise<readonly Checkpoint[]> {
    const rows = await this.#db
      .selectFrom("audit_checkpoint")
      .selectAll()
      .where("tenant", "=", tenant)
      .where("size", ">", size)
      .orderBy("size")
      .limit(limit)
      .execute({ signal });
    return rows.map(fromCheckpointRow);
  }

  async saveCheckpoint(
    tenant: string,
    { size, rootHash, note, signedAtMs }: Checkpoint,
    options: WaitOptions = {},
  ): Promise<boolean> {
    return await this.#db.transaction().execute(async (tx) => {
      await lockTenant(tx, tenant, 0, options);
      const newer = await tx
        .selectFrom("audit_checkpoint")
        .select("size")
        .where("tenant", "=", tenant)
        .where("size", ">=", size)
        .limit(1)
        .executeTakeFirst();
      if (newer !== undefined) return false;

      const root_hash = toHex(rootHash);
      await tx
        .insertInto("audit_checkpoint")
        .values({ tenant, size, root_hash, note, signed_at_ms: signedAtMs })
        .execute();
      return true;
    });
  }
}

function fromCheckpointRow(row: Selectable<AuditCheckpointTable>): Checkpoint {
  return {
    size: row.size,
    rootHash: fromHex(row.root_hash),
    note: row.note,
    signedAtMs: row.signed_at_ms,
  };
}
