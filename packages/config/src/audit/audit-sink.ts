/**
 * Where records of the audit trail go: the port, and the record.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
import type { Subscription } from "../values/subscription.ts";

/** One line of the trail. It holds no value of the configuration and no secret. */
export interface AuditRecord {
  /** RFC 3339, UTC: when it happened, which may be before it was written. */
  readonly timestamp: string;
  readonly event: string;
  /** From 1, one more than the record before. */
  readonly seq: number;
  /** `hash` of the record before; 64 zeros in the first. */
  readonly prev_hash: string;
  /** SHA-256 in lower-case hex over the canonical JSON (RFC 8785) of all other members. */
  readonly hash: string;
  readonly [member: string]: Json;
}

/** The end of a chain: what the next record is linked to. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** What is to be recorded, before it has its place in a chain. */
export interface AuditDraft {
  readonly timestamp: string;
  readonly event: string;
  readonly [member: string]: Json;
}

/**
 * Receives records that are already redacted and chained, one call at a time.
 *
 * A sink MUST keep the order of records, and MUST NOT change or leave out any.
 */
export interface AuditSink extends AsyncDisposable {
  readonly kind: string;
  /** The file that it writes, if it is one: the reload doctor looks at it. */
  readonly path?: string;
  /**
   * Resolves when the record is as durable as the sink promises; rejects if it is not, or if nobody
   * can say: then {@link AuditSink.last} tells whether it was written.
   *
   * @throws {ConfigError} `audit_conflict` where another process has continued the chain: asked for
   *   `last` again, the sink gives the end to go on from
   */
  append(record: AuditRecord): Promise<void>;
  /** Resolves when everything appended is durable at its destination; rejects if it is not. */
  flush(): Promise<void>;
  /**
   * The newest record there, also of a process before this one; nothing in a new trail. A sink
   * without it begins a chain of its own with each process.
   */
  last?(): Promise<AuditHead | undefined>;
  /** After SIGHUP or rotation. */
  reopen?(): Promise<void>;
  /**
   * Tells of what goes wrong apart from any `append`, such as an upload or a sync at intervals;
   * `undefined` once it is over.
   */
  onTrouble?(listener: (error: Error | undefined) => void): Subscription;
}
