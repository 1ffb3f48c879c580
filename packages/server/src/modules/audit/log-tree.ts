import { hash } from "node:crypto";
import { LlmcfgError, MerkleTree } from "@llmcfg/core";
import { checkRecord } from "./check-record.ts";
import type { AuditStore, Checkpoint, StoredRecord, WaitOptions } from "./ports.ts";

const PAGE = 1_000;

type LogStore = Pick<AuditStore, "leafHashesFrom" | "recordsFrom">;

/** SHA-256 as the tree takes it. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash("sha256", bytes, "buffer");
}

/** The tree of one tenant's log, in memory, as far as it was grown. 64 bytes a record. */
export class LogTree {
  readonly #store: LogStore;
  readonly #tenant: string;
  readonly #tree = new MerkleTree(sha256);

  constructor(store: LogStore, tenant: string) {
    this.#store = store;
    this.#tenant = tenant;
  }

  rootAt(size: number): Uint8Array {
    return this.#tree.rootAt(size);
  }

  inclusionProof(index: number, size: number): readonly Uint8Array[] {
    return this.#tree.inclusionProof(index, size);
  }

  /**
   * Grows the tree to the first `size` records.
   *
   * Of those that `signed` covers the stored hashes suffice, since their root must be the signed
   * one. All later ones are hashed anew from what is stored of them.
   *
   * @throws {LlmcfgError} `INTEGRITY_FAILED` where the log is not what it was; the tree is of no
   *   use then
   */
  async grow(signed: Checkpoint | undefined, size: number, options: WaitOptions): Promise<void> {
    if (signed !== undefined) {
      if (signed.size > size) throw corrupt(`the log has ${size} of ${signed.size} signed records`);
      await this.#takeHashes(signed.size, options);
      if (!Buffer.from(signed.rootHash).equals(this.rootAt(signed.size))) {
        throw corrupt(`the first ${signed.size} records of the log are not those that were signed`);
      }
    }
    await this.#takeRecords(size, options);
  }

  async #takeHashes(size: number, options: WaitOptions): Promise<void> {
    while (this.#tree.size < size) {
      const { size: from } = this.#tree;
      const limit = Math.min(PAGE, size - from);
      const hashes = await this.#store.leafHashesFrom(this.#tenant, from, limit, options);
      if (hashes.length === 0) throw corrupt(`record ${from} of the log is missing`);
      for (const leafHash of hashes) this.#append(leafHash);
    }
  }

  async #takeRecords(size: number, options: WaitOptions): Promise<void> {
    while (this.#tree.size < size) {
      const { size: from } = this.#tree;
      const limit = Math.min(PAGE, size - from);
      const records = await this.#store.recordsFrom(this.#tenant, from, limit, options);
      if (records.length === 0) throw corrupt(`record ${from} of the log is missing`);
      for (const record of records) this.#take(record);
    }
  }

  #take(record: StoredRecord): void {
    const { size } = this.#tree;
    if (record.seq !== size) throw corrupt(`record ${size} of the log is missing`);
    const fault = checkRecord(this.#tenant, record);
    if (fault !== undefined) throw corrupt(fault.detail);
    this.#append(record.leafHash);
  }

  #append(leafHash: Uint8Array): void {
    if (leafHash.length !== 32) throw corrupt(`record ${this.#tree.size} of the log has no hash`);
    this.#tree.append(leafHash);
  }
}

/** The error for a log that is not as it was written. */
export function corrupt(detail: string): LlmcfgError {
  return new LlmcfgError("INTEGRITY_FAILED", detail, {
    hint: "llmcfg audit verify names the records",
  });
}
