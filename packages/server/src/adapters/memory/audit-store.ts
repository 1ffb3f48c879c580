import type {
  AuditFilter,
  AuditStore,
  Checkpoint,
  RecordIndex,
  SealedRecord,
  StoredRecord,
  WaitOptions,
} from "../../modules/audit/ports.ts";
import { addRecords, type MemoryDatabase, requireNewRecords } from "./database.ts";

/** Keeps the audit log in this process alone: for tests, and for trying the product out. */
export class MemoryAuditStore implements AuditStore {
  readonly #db: MemoryDatabase;

  constructor(db: MemoryDatabase) {
    this.#db = db;
  }

  async append(
    tenant: string,
    records: readonly SealedRecord[],
    { signal }: WaitOptions = {},
  ): Promise<void> {
    signal?.throwIfAborted();
    const found = this.#db.tenant(tenant);
    requireNewRecords(found, records);
    addRecords(found, records);
  }

  async size(tenant: string, { signal }: WaitOptions = {}): Promise<number> {
    signal?.throwIfAborted();
    return this.#records(tenant).length;
  }

  async recordsFrom(
    tenant: string,
    from: number,
    limit: number,
    { signal }: WaitOptions = {},
  ): Promise<readonly StoredRecord[]> {
    signal?.throwIfAborted();
    return this.#records(tenant).slice(from, from + limit);
  }

  async leafHashesFrom(
    tenant: string,
    from: number,
    limit: number,
    options: WaitOptions = {},
  ): Promise<readonly Uint8Array[]> {
    const records = await this.recordsFrom(tenant, from, limit, options);
    return records.map((record) => record.leafHash);
  }

  async find(
    tenant: string,
    id: string,
    { signal }: WaitOptions = {},
  ): Promise<StoredRecord | undefined> {
    signal?.throwIfAborted();
    return this.#db.tenants.get(tenant)?.recordsById.get(id);
  }

  async query(
    tenant: string,
    filter: AuditFilter,
    { order, limit, after, signal }: Parameters<AuditStore["query"]>[2],
  ): Promise<readonly StoredRecord[]> {
    signal?.throwIfAborted();
    const fitting = this.#records(tenant).filter((record) => fits(record, filter));
    const ordered = order === "newest" ? fitting.toReversed() : fitting;
    const isLeft = ({ seq }: StoredRecord) =>
      after === undefined || (order === "newest" ? seq < after : seq > after);
    return ordered.filter(isLeft).slice(0, limit);
  }

  async findLastCheckpoint(
    tenant: string,
    { signal }: WaitOptions = {},
  ): Promise<Checkpoint | undefined> {
    signal?.throwIfAborted();
    return this.#db.tenants.get(tenant)?.checkpoints.at(-1);
  }

  async checkpointsAfter(
    tenant: string,
    size: number,
    limit: number,
    { signal }: WaitOptions = {},
  ): Promise<readonly Checkpoint[]> {
    signal?.throwIfAborted();
    const checkpoints = this.#db.tenants.get(tenant)?.checkpoints ?? [];
    return checkpoints.filter((checkpoint) => checkpoint.size > size).slice(0, limit);
  }

  async saveCheckpoint(
    tenant: string,
    checkpoint: Checkpoint,
    { signal }: WaitOptions = {},
  ): Promise<boolean> {
    signal?.throwIfAborted();
    const { checkpoints } = this.#db.tenant(tenant);
    if (checkpoints.some(({ size }) => size >= checkpoint.size)) return false;
    checkpoints.push(checkpoint);
    return true;
  }

  #records(tenant: string): readonly StoredRecord[] {
    return this.#db.tenants.get(tenant)?.records ?? [];
  }
}

function fits({ index, atMs }: StoredRecord, filter: AuditFilter): boolean {
  const { sinceMs = -Infinity, untilMs = Infinity, key } = filter;
  const columns = ["actor", "action", "env", "service", "outcome"] as const;
  return (
    columns.every((column) => filter[column] === undefined || index[column] === filter[column]) &&
    (key === undefined || fitsKey(index.key, key)) &&
    atMs >= sinceMs &&
    atMs < untilMs
  );
}

function fitsKey(key: RecordIndex["key"], wanted: string): boolean {
  return wanted.endsWith("/") ? key?.startsWith(wanted) === true : key === wanted;
}
