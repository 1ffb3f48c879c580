import { parsePath } from "@llmcfg/core";
import type { StoredRecord } from "./ports.ts";
import { leafHashOf, leafOf, payloadHashOf } from "./record.ts";

/** Something in the log that is not as it was written. */
export interface LogFault {
  /** Index of the record, or of the first one that it may be. */
  readonly index: number;
  readonly code:
    | "MISSING"
    | "UNCOUNTED"
    | "PAYLOAD_MISMATCH"
    | "LEAF_MISMATCH"
    | "LEAF_HASH_MISMATCH"
    | "COLUMN_MISMATCH"
    | "ROOT_MISMATCH"
    | "SIGNATURE_INVALID";
  readonly detail: string;
}

/**
 * What is wrong with a stored record, by hashing what is stored; `undefined` where it is whole.
 *
 * Trusts nothing but the payload and its salt: leaf, hashes and columns must follow from them.
 */
export function checkRecord(tenant: string, record: StoredRecord): LogFault | undefined {
  try {
    return faultOf(tenant, record);
  } catch {
    // What no record of ours has: a time that is none, a number where text should be.
    return fault(record.seq, "COLUMN_MISMATCH", "a column holds what no record has");
  }
}

function faultOf(tenant: string, record: StoredRecord): LogFault | undefined {
  const { seq: index, payload, salt, leaf, leafHash } = record;
  const payloadHash = payloadHashOf(salt, payload);
  if (leaf !== leafOf({ ...record, tenant }, payloadHash)) {
    return leaf.includes(payloadHash)
      ? fault(index, "LEAF_MISMATCH", "the leaf does not say what the row does")
      : fault(index, "PAYLOAD_MISMATCH", "the payload is not the one that the leaf holds");
  }
  if (!leafHashOf(leaf).equals(leafHash)) {
    return fault(index, "LEAF_HASH_MISMATCH", "the leaf hash is not that of the leaf");
  }
  if (!saysTheSame(payload, record)) {
    return fault(index, "COLUMN_MISMATCH", "a column does not say what the payload does");
  }
  return undefined;
}

function fault(index: number, code: LogFault["code"], detail: string): LogFault {
  return { index, code, detail: `record ${index}: ${detail}` };
}

/**
 * The members of a payload from `id` to `path`. They follow one another in canonical JSON, and no
 * object comes after them; parsing whole payloads would double the time that verifying takes.
 */
const MIDDLE =
  /^,"id":"([^"]+)","node":"(?:[^"\\]|\\.)*","outcome":"([a-z]+)","path":(null|"(?:[^"\\]|\\.)*"),"reason":/;

/** Whether the columns that queries look at are those of the payload. */
function saysTheSame(payload: string, { id, index }: StoredRecord): boolean {
  const { action, actor, outcome } = index;
  const start = `{"action":${JSON.stringify(action)},"actorId":${JSON.stringify(actor)},`;
  const middle = MIDDLE.exec(payload.slice(payload.lastIndexOf(',"id":')));
  if (!payload.startsWith(start) || middle?.[1] !== id || middle[2] !== outcome) return false;

  const path = JSON.parse(middle[3] ?? "null") as string | null; // as the pattern has it
  const { env, service, key } = parsePath(path ?? "");
  return (
    (index.env ?? "") === env && (index.service ?? "") === service && (index.key ?? "") === key
  );
}
