import type { AuditVerification } from "@llmcfg/protocol";
import type { Keyring } from "../keys/ports.ts";
import type { Caller } from "../policy/ports.ts";
import { originOf } from "./checkpoint.ts";
import { LogCheck } from "./log-check.ts";
import type { Checkpoint, WaitOptions } from "./ports.ts";
import { type ReadingDeps, requireReader } from "./reading.ts";
import { parseVerifierKey } from "./signed-note.ts";

export interface VerifyLogDeps extends ReadingDeps {
  readonly keyring: Pick<Keyring, "verifierKey">;
}

/** Small enough that other requests are answered between two pages. */
const PAGE = 1_000;

/**
 * Checks the whole log by hashing what is stored: payloads against leaves, leaves against every head
 * that was signed.
 *
 * Names the record, or the span between two signed heads where all hashes were made anew. Records
 * after the last signed head can be changed together with their hashes without being found, and a
 * log that was cut off with its heads is found only by a head kept elsewhere. O(records).
 *
 * @throws {LlmcfgError} `POLICY_DENIED`; `SEALED` where the log's key cannot be opened
 */
export async function verifyLog(
  deps: VerifyLogDeps,
  caller: Caller,
  options: WaitOptions = {},
): Promise<AuditVerification> {
  const { tenant } = caller;
  await requireReader(deps, caller, "all");
  const key = await deps.keyring.verifierKey(tenant, originOf(tenant), options);
  const check = new LogCheck(tenant, parseVerifierKey(key));

  let size = await deps.auditStore.size(tenant, options);
  for await (const head of signedHeads(deps, tenant, options)) {
    if (head.size > size) size = await deps.auditStore.size(tenant, options); // it may be new
    await takeRecords(deps, check, { tenant, until: Math.min(head.size, size) }, options);
    check.takeHead(head);
  }
  await takeRecords(deps, check, { tenant, until: size }, options);
  await lookBeyond(deps, check, { tenant, size }, options);
  return check.result();
}

async function* signedHeads(
  { auditStore }: VerifyLogDeps,
  tenant: string,
  options: WaitOptions,
): AsyncIterable<Checkpoint> {
  let heads: readonly Checkpoint[];
  let signed = 0;
  do {
    heads = await auditStore.checkpointsAfter(tenant, signed, PAGE, options);
    yield* heads;
    signed = heads.at(-1)?.size ?? signed;
  } while (heads.length === PAGE);
}

async function takeRecords(
  { auditStore }: VerifyLogDeps,
  check: LogCheck,
  { tenant, until }: { readonly tenant: string; readonly until: number },
  options: WaitOptions,
): Promise<void> {
  while (check.next < until) {
    const limit = Math.min(PAGE, until - check.next);
    const records = await auditStore.recordsFrom(tenant, check.next, limit, options);
    const known = records.filter(({ seq }) => seq < until);
    for (const record of known) check.takeRecord(record);
    if (known.length < limit) check.skipTo(until);
    await new Promise<void>((resolve) => setImmediate(resolve)); // lets others have their turn
  }
}

/** Finds a record that was put behind the last one that was counted. */
async function lookBeyond(
  { auditStore }: VerifyLogDeps,
  check: LogCheck,
  { tenant, size }: { readonly tenant: string; readonly size: number },
  options: WaitOptions,
): Promise<void> {
  const beyond = await auditStore.recordsFrom(tenant, size, PAGE, options);
  const sizeNow = await auditStore.size(tenant, options); // counts what was appended meanwhile
  for (const { seq } of beyond.filter((record) => record.seq >= sizeNow)) check.takeUncounted(seq);
}
