/**
 * The messages of a stream, as JSON text and as bytes.
 *
 * @module
 */

import { formatTime, type Revision } from "@llmcfg/core";
import type {
  ChangedEvent,
  HeartbeatEvent,
  ResetEvent,
  ResetReason,
  WatchChange,
} from "@llmcfg/protocol";
import type { EncodedMessage, WatchEncoder } from "./ports.ts";
import type { Delta, KeyChange } from "./shown-key.ts";

/** What one revision may hold: above it the consumer is told to fetch the bundle. */
export const MAX_CHANGES = 1_000;
export const MAX_BYTES = 1_048_576;

/**
 * All changes of one revision as one message, or the `reset` that stands for it where it would be
 * too large.
 */
export function encodeDelta(
  encoder: WatchEncoder,
  delta: Delta,
  includeValues: boolean,
): EncodedMessage {
  const { revision } = delta;
  if (delta.changes.length <= MAX_CHANGES) {
    const event = toEvent(delta, includeValues);
    const bytes = encoder.encode(event.type, revision, JSON.stringify(event));
    if (bytes.length <= MAX_BYTES) return { revision, type: event.type, bytes };
  }
  return encodeReset(encoder, { reason: "large_revision", revision, retryAfterMs: 0 });
}

export function encodeHeartbeat(
  encoder: WatchEncoder,
  { revision, hash }: { readonly revision: Revision; readonly hash: string },
): EncodedMessage {
  const event: HeartbeatEvent = { type: "heartbeat", revision, hash };
  const bytes = encoder.encode(event.type, revision, JSON.stringify(event));
  return { revision, type: event.type, bytes };
}

export function encodeReset(
  encoder: WatchEncoder,
  about: {
    readonly reason: ResetReason;
    readonly revision: Revision;
    readonly retryAfterMs: number;
  },
): EncodedMessage {
  const { reason, revision, retryAfterMs } = about;
  const event: ResetEvent = { type: "reset", reason, revision, retryAfterMs };
  const bytes = encoder.encode(event.type, revision, JSON.stringify(event));
  return { revision, type: event.type, bytes };
}

function toEvent(delta: Delta, includeValues: boolean): ChangedEvent {
  const changes = delta.changes.map((change) => toChange(change, includeValues));
  return {
    type: changes.every(({ op }) => op === "delete") ? "config.deleted" : "config.changed",
    revision: delta.revision,
    at: formatTime(delta.atMs),
    actor: delta.author,
    message: delta.message ?? null,
    changes,
  };
}

function toChange(change: KeyChange, includeValues: boolean): WatchChange {
  const { ref, path, after, value } = change;
  const { env, service, key } = ref;
  if (after === undefined) return toDelete(change);
  const { version, layer, hash, sensitive } = after;
  const put = { op: "put", path, env, service, key, version, layer, hash, sensitive } as const;
  const isValueShown = includeValues && !sensitive && value !== undefined;
  return { ...put, restartRequired: false, ...(isValueShown ? { value } : {}) };
}

function toDelete({ ref, path, before, removedBy }: KeyChange): WatchChange {
  const { env, service, key } = ref;
  const { version = 0, layer = env } = removedBy ?? before ?? {};
  const sensitive = (removedBy?.sensitive ?? false) || (before?.sensitive ?? false);
  const gone = { op: "delete", path, env, service, key, version, layer, hash: null } as const;
  return { ...gone, sensitive, restartRequired: false };
}
