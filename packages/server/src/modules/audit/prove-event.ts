import { verifyInclusion } from "@llmcfg/core";
import type { AuditProof } from "@llmcfg/protocol";
import { checkRecord } from "./check-record.ts";
import type { Checkpoints } from "./checkpoints.ts";
import { type EventQuestion, readEvent } from "./find-event.ts";
import { corrupt, sha256 } from "./log-tree.ts";
import type { WaitOptions } from "./ports.ts";
import type { ReadingDeps } from "./reading.ts";

export interface ProveEventDeps extends ReadingDeps {
  readonly checkpoints: Pick<Checkpoints, "prove">;
}

/**
 * The proof that an event is in the log, against a checkpoint that is signed if need be.
 *
 * Whoever has the log's public key can check it without us.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`, `NOT_FOUND`, `AUDIT_UNAVAILABLE`; `INTEGRITY_FAILED` where
 *   the record or the log is not as it was written; `SEALED` where no signature can be made
 * @see RFC 6962, section 2.1.1
 */
export async function proveEvent(
  deps: ProveEventDeps,
  question: EventQuestion,
  options: WaitOptions = {},
): Promise<AuditProof> {
  const { tenant } = question.caller;
  const { record, body } = await readEvent(deps, question, options);
  const fault = checkRecord(tenant, record);
  if (fault !== undefined) throw corrupt(fault.detail);

  const { seq: index, leafHash } = record;
  const { checkpoint, hashes } = await deps.checkpoints.prove(tenant, index, options);
  const { size, rootHash: root } = checkpoint;
  if (!verifyInclusion({ leafHash, index, size, proof: hashes, root }, sha256)) {
    throw corrupt(`record ${index} is not the one that was signed`);
  }
  return {
    event: body,
    leafIndex: index,
    treeSize: size,
    leaf: Buffer.from(record.leaf, "utf8").toString("base64"),
    leafHash: toBase64(leafHash),
    hashes: hashes.map(toBase64),
    checkpoint: checkpoint.note,
  };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
