import { createHash } from "node:crypto";
import type { AuditHead, AuditRecord } from "@llmcfg/config/audit";
import { canonicalize, type Json } from "@llmcfg/core";

/** A record linked to the one before as AUD-4 says, made without the code that is tested. */
export function recordAfter(
  head: AuditHead | undefined,
  members: Readonly<Record<string, Json>> = {},
): AuditRecord {
  const seq = (head?.seq ?? 0) + 1;
  const unhashed = {
    timestamp: new Date(Date.UTC(2026, 10, 25, 12, 0, seq)).toISOString(),
    event: "config_change",
    seq,
    prev_hash: head?.hash ?? "0".repeat(64),
    from: seq,
    to: seq + 1,
    ...members,
  };
  const hash = createHash("sha256").update(canonicalize(unhashed)).digest("hex");
  return { ...unhashed, hash };
}

/** So many records, one after the other. */
export function recordsFrom(head: AuditHead | undefined, count: number): readonly AuditRecord[] {
  const records: AuditRecord[] = [];
  for (let i = 0; i < count; i++) records.push(recordAfter(records.at(-1) ?? head));
  return records;
}
