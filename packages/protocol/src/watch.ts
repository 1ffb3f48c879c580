/**
 * What a watch stream carries, whatever the transport.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";

export interface WatchChange {
  readonly op: "put" | "delete";
  readonly path: string;
  readonly env: string;
  readonly service: string;
  readonly key: string;
  readonly version: number;
  /** Where the value comes from now; for a delete, where it was deleted. */
  readonly layer: string;
  /** `null` for a delete. */
  readonly hash: string | null;
  readonly sensitive: boolean;
  readonly restartRequired: boolean;
  /** With `include=values`; never of sensitive keys. */
  readonly value?: Json;
}

/** All changes of one revision that the selection shows. `config.deleted`: every one is a delete. */
export interface ChangedEvent {
  readonly type: "config.changed" | "config.deleted";
  readonly revision: number;
  readonly at: string;
  readonly actor: string;
  readonly message: string | null;
  readonly changes: readonly WatchChange[];
}

/** Proof of progress: what the selection's bundle hashes to at the revision. */
export interface HeartbeatEvent {
  readonly type: "heartbeat";
  readonly revision: number;
  readonly hash: string;
}

export type ResetReason =
  | "compacted"
  | "bad_cursor"
  | "slow_consumer"
  | "large_revision"
  | "draining"
  | "future"
  | "scope_changed"
  | "hash_mismatch"
  | "unauthenticated";

/** A gap: fetch the bundle with `minRevision` = `revision`, replace the state, go on from there. */
export interface ResetEvent {
  readonly type: "reset";
  readonly reason: ResetReason;
  readonly revision: number;
  readonly retryAfterMs: number;
}

export type WatchEvent = ChangedEvent | HeartbeatEvent | ResetEvent;
