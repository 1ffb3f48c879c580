import type { Json, JsonObject } from "@llmcfg/core";
import type { AuditEventBody } from "@llmcfg/protocol";
import type { IdentityStore } from "../identity/ports.ts";
import type { StoredRecord } from "./ports.ts";

/** Records as they go over the wire, in their order, with actors by name. */
export async function toEventBodies(
  identityStore: Pick<IdentityStore, "principals">,
  tenant: string,
  records: readonly StoredRecord[],
): Promise<readonly AuditEventBody[]> {
  const actorIds = [...new Set(records.map((record) => record.index.actor))];
  const principals = await identityStore.principals(tenant, actorIds);
  return records.map((record) => toEventBody(record, principals));
}

/** An actor whose name is no longer known is shown by the opaque id. */
export function toEventBody(
  record: StoredRecord,
  principals: ReadonlyMap<string, string>,
): AuditEventBody {
  const payload = JSON.parse(record.payload) as Payload; // as sealRecord wrote it
  return {
    id: record.id,
    index: record.seq,
    at: payload.at,
    actor: principals.get(payload.actorId) ?? payload.actorId,
    actorVia: payload.actorVia,
    sourceIp: null, // part of the sealed `person`, which records do not have yet
    action: payload.action,
    path: payload.path,
    resource: payload.resource,
    outcome: payload.outcome,
    reason: payload.reason,
    revision: payload.revision,
    requestId: payload.requestId,
    traceId: payload.traceId,
    details: payload.details,
    erased: false,
    leafHash: Buffer.from(record.leafHash).toString("base64"),
  };
}

/** The members of a payload that are shown. */
interface Payload {
  readonly [member: string]: Json;
  readonly at: string;
  readonly actorId: string;
  readonly actorVia: string;
  readonly action: string;
  readonly path: string | null;
  readonly resource: string | null;
  readonly outcome: AuditEventBody["outcome"];
  readonly reason: string | null;
  readonly revision: number;
  readonly requestId: string | null;
  readonly traceId: string | null;
  readonly details: JsonObject;
}
