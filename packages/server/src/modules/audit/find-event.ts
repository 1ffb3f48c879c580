import { LlmcfgError } from "@llmcfg/core";
import type { AuditEventBody } from "@llmcfg/protocol";
import type { Caller } from "../policy/ports.ts";
import { toEventBody } from "./event-body.ts";
import type { StoredRecord, WaitOptions } from "./ports.ts";
import { mayRead, type ReadingDeps, recordReading, requireReader } from "./reading.ts";

/** An event of the log, by its id. */
export interface EventQuestion {
  readonly caller: Caller;
  readonly id: string;
}

/**
 * One event, once it is on record that it was read.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`, `AUDIT_UNAVAILABLE`; `NOT_FOUND` for one that is not there
 *   and for one that the caller may not see
 */
export async function findEvent(
  deps: ReadingDeps,
  question: EventQuestion,
  options: WaitOptions = {},
): Promise<AuditEventBody> {
  return (await readEvent(deps, question, options)).body;
}

/** A record with what is shown of it. */
export interface ReadEvent {
  readonly record: StoredRecord;
  readonly body: AuditEventBody;
}

/** @throws {LlmcfgError} as {@link findEvent} */
export async function readEvent(
  deps: ReadingDeps,
  { caller, id }: EventQuestion,
  options: WaitOptions,
): Promise<ReadEvent> {
  await requireReader(deps, caller, "any part");
  const found = await deps.auditStore.find(caller.tenant, id, options);
  const record = found !== undefined && mayRead(caller, found) ? found : undefined;
  const details = { filter: { id }, results: record === undefined ? 0 : 1 };
  await recordReading(deps, caller, { outcome: "allowed", details });
  if (record === undefined) {
    throw new LlmcfgError("NOT_FOUND", `there is no audit event ${id}`, {
      resource: "audit event",
    });
  }
  const principals = await deps.identityStore.principals(caller.tenant, [record.index.actor]);
  return { record, body: toEventBody(record, principals) };
}
