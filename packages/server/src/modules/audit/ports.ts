/**
 * What the audit module needs from the world, and what it gives to the other modules.
 *
 * @module
 */

import type { JsonObject, Revision } from "@llmcfg/core";

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

export type AuditOutcome = "allowed" | "denied" | "failed";

/** Who did something, and by which request. */
export interface Actor {
  /** `user:ada`. */
  readonly principal: string;
  /** How the credential was sent: `token`; `system` where there was no request. */
  readonly via: "token" | "system";
  /** Id of the token; `undefined` for the system. */
  readonly credential: string | undefined;
  readonly requestId: string | undefined;
  readonly traceId: string | undefined;
}

/** Something that has to be recorded. */
export interface AuditEvent {
  readonly actor: Actor;
  /** `config.write`, `secret.reveal`, `token.create`. */
  readonly action: string;
  /** Path of the item, where it is about one. */
  readonly path?: string | undefined;
  /** Id of any other thing it is about. */
  readonly resource?: string | undefined;
  readonly outcome: AuditOutcome;
  /** The error's reason, where it was not allowed. */
  readonly reason?: string | undefined;
  /** The revision it made or reflects. */
  readonly revision: Revision;
  readonly atMs: number;
  /** Ids of the bindings that decided. */
  readonly decidedBy?: readonly string[] | undefined;
  readonly details: JsonObject;
}

/** A record ready to be stored: canonical, salted, its leaf hashed. Never changes. */
export interface SealedRecord {
  /** `ev_` and a ULID. */
  readonly id: string;
  readonly atMs: number;
  readonly revision: Revision;
  /** Canonical JSON (RFC 8785). */
  readonly payload: string;
  /** 32 random bytes. */
  readonly salt: Uint8Array;
  /** Canonical JSON of `v`, `id`, `at`, `tenant`, `revision`, `payloadHash`. */
  readonly leaf: string;
  /** SHA-256(0x00 ‖ leaf), RFC 6962. */
  readonly leafHash: Uint8Array;
  /** What queries filter by, out of the payload. */
  readonly index: RecordIndex;
}

export interface RecordIndex {
  readonly actor: string;
  readonly action: string;
  readonly env: string | undefined;
  readonly service: string | undefined;
  readonly key: string | undefined;
  readonly outcome: AuditOutcome;
}

/** A record as stored: its place in the log is its index, from 0, without gaps. */
export interface StoredRecord extends SealedRecord {
  readonly seq: number;
}

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly env?: string | undefined;
  readonly service?: string | undefined;
  /** The key itself or, where it ends in `/`, what it begins with. */
  readonly key?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  /** Of this instant or later. */
  readonly sinceMs?: number | undefined;
  /** Before this instant. */
  readonly untilMs?: number | undefined;
}

/** A signed head of the log. */
export interface Checkpoint {
  readonly size: number;
  readonly rootHash: Uint8Array;
  /** C2SP signed note, the text that verifiers read. */
  readonly note: string;
  readonly signedAtMs: number;
}

/** Keeps the records of each tenant in one order. Nothing is ever changed or removed. */
export interface AuditStore {
  /**
   * Appends the records in one transaction; once this resolves they survive a crash.
   *
   * @throws {LlmcfgError} `AUDIT_UNAVAILABLE` where they cannot be written
   */
  append(tenant: string, records: readonly SealedRecord[], options?: WaitOptions): Promise<void>;

  /** How many records there are. */
  size(tenant: string, options?: WaitOptions): Promise<number>;

  /** Records from index `from` on, in order, at most `limit`. */
  recordsFrom(
    tenant: string,
    from: number,
    limit: number,
    options?: WaitOptions,
  ): Promise<readonly StoredRecord[]>;

  /** Leaf hashes as stored from index `from` on, in order, at most `limit`. */
  leafHashesFrom(
    tenant: string,
    from: number,
    limit: number,
    options?: WaitOptions,
  ): Promise<readonly Uint8Array[]>;

  find(tenant: string, id: string, options?: WaitOptions): Promise<StoredRecord | undefined>;

  /** What fits the filter, by index, at most `limit`; `after` excludes and continues. */
  query(
    tenant: string,
    filter: AuditFilter,
    page: {
      readonly order: "newest" | "oldest";
      readonly limit: number;
      readonly after?: number | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<readonly StoredRecord[]>;

  /** The checkpoint with the largest size. */
  findLastCheckpoint(tenant: string, options?: WaitOptions): Promise<Checkpoint | undefined>;

  /** Checkpoints of more than `size` records, smallest first, at most `limit`. */
  checkpointsAfter(
    tenant: string,
    size: number,
    limit: number,
    options?: WaitOptions,
  ): Promise<readonly Checkpoint[]>;

  /** Keeps a checkpoint unless one of its size or a larger one is there; whether it was kept. */
  saveCheckpoint(tenant: string, checkpoint: Checkpoint, options?: WaitOptions): Promise<boolean>;
}

/** That records could not be written. */
export interface AppendFailure {
  /** When that happened which they are about. */
  readonly atMs: number;
}

/** What other modules use to put something on record. */
export interface AuditRecorder {
  /** Makes a record to be stored with a commit, in its transaction. */
  prepare(tenant: string, event: AuditEvent): Promise<SealedRecord>;

  /**
   * Records events on their own and resolves once they are durable.
   *
   * @throws {LlmcfgError} `AUDIT_UNAVAILABLE`; what was to be recorded must not happen then
   */
  record(tenant: string, events: readonly AuditEvent[], options?: WaitOptions): Promise<void>;
}
