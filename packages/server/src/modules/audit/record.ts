/**
 * How an event becomes a record that cannot be changed unseen: its payload, what the tree holds of
 * it, and the hashes between them.
 *
 * @module
 */

import { hash } from "node:crypto";
import { canonicalize, type Json, type JsonObject, parsePath, type Revision } from "@llmcfg/core";
import type { AuditEvent, RecordIndex, SealedRecord } from "./ports.ts";

const MAX_PAYLOAD_BYTES = 256 * 1024;

/** What a record says beside its event. */
export interface RecordContext {
  readonly tenant: string;
  /** `ev_` and a ULID. */
  readonly id: string;
  /** Opaque id of the principal. */
  readonly actorId: string;
  /** Which start of the process it was, and how long that was ago in milliseconds. */
  readonly clock: { readonly boot: string; readonly mono: number };
  /** The process that wrote it. */
  readonly node: string;
  /** The tenant's revision of the last change to roles and policies. */
  readonly policyRevision: Revision;
}

/**
 * The record of an event, ready to be stored.
 *
 * @param salt 32 random bytes, new for each record: they keep the leaf from telling what a payload
 *   holds, also once the payload is gone
 * @throws {TypeError} for details that are too large or hold a number that is no integer
 */
export function sealRecord(
  event: AuditEvent,
  context: RecordContext,
  salt: Uint8Array,
): SealedRecord {
  if (salt.length !== 32) throw new TypeError("the salt of a record has 32 bytes");
  const { tenant, id } = context;
  const { atMs, revision } = event;
  requireIntegers(event.details);
  const payload = canonicalize(payloadOf(event, context));
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) {
    throw new TypeError(`the record of ${event.action} is larger than ${MAX_PAYLOAD_BYTES} bytes`);
  }
  const leaf = leafOf({ tenant, id, atMs, revision }, payloadHashOf(salt, payload));
  const index = indexOf(event, context.actorId);
  return { id, atMs, revision, payload, salt, leaf, leafHash: leafHashOf(leaf), index };
}

function payloadOf(event: AuditEvent, context: RecordContext): JsonObject {
  const { actor, decidedBy = [] } = event;
  return {
    v: 1,
    tenant: context.tenant,
    id: context.id,
    at: new Date(event.atMs).toISOString(),
    clock: context.clock,
    node: context.node,
    actorId: context.actorId,
    actorVia: actor.via,
    credential: actor.credential ?? null,
    action: event.action,
    path: event.path ?? null,
    resource: event.resource ?? null,
    outcome: event.outcome,
    reason: event.reason ?? null,
    revision: event.revision,
    requestId: actor.requestId ?? null,
    traceId: actor.traceId ?? null,
    decision: { policyRevision: context.policyRevision, by: decidedBy },
    details: event.details,
  };
}

/** What queries filter by; names of environments, services and keys only where they are known. */
function indexOf(
  { action, outcome, path }: Pick<AuditEvent, "action" | "outcome" | "path">,
  actorId: string,
): RecordIndex {
  const { env, service, key } = parsePath(path ?? "");
  return {
    actor: actorId,
    action,
    env: env || undefined,
    service: service || undefined,
    key: key || undefined,
    outcome,
  };
}

/** Lower-case hex of SHA-256(salt ‖ payload). */
export function payloadHashOf(salt: Uint8Array, payload: string): string {
  const bytes = Buffer.allocUnsafe(salt.length + Buffer.byteLength(payload));
  bytes.set(salt);
  bytes.write(payload, salt.length);
  return hash("sha256", bytes, "hex");
}

/**
 * What the tree holds: canonical JSON (RFC 8785) that tells nothing of the payload but its salted
 * hash. Written out, members sorted, because verifying makes one for each record of the log.
 */
export function leafOf(
  record: {
    readonly tenant: string;
    readonly id: string;
    readonly atMs: number;
    readonly revision: Revision;
  },
  payloadHash: string,
): string {
  const at = new Date(record.atMs).toISOString();
  const [id, tenant] = [JSON.stringify(record.id), JSON.stringify(record.tenant)];
  return `{"at":"${at}","id":${id},"payloadHash":"${payloadHash}","revision":${record.revision},"tenant":${tenant},"v":1}`;
}

/** SHA-256(0x00 ‖ leaf), RFC 6962 section 2.1. */
export function leafHashOf(leaf: string): Buffer {
  return hash("sha256", `\0${leaf}`, "buffer");
}

/** Other programs must read the same number as we wrote, so a record holds integers only. */
function requireIntegers(value: Json): void {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new TypeError("a record holds no number but safe integers");
  }
  if (typeof value === "object" && value !== null) Object.values(value).forEach(requireIntegers);
}
