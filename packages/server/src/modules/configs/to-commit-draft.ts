import type { ItemVersion } from "@llmcfg/core";
import type { AuditRecorder, SealedRecord } from "../audit/ports.ts";
import type { Keyring } from "../keys/ports.ts";
import { toWriteEvents } from "./audit-events.ts";
import type { ChangeSet } from "./change-set.ts";
import type { CheckedChange } from "./check-change.ts";
import type { Draft } from "./draft.ts";
import { type Answer, type Once, toStored } from "./once.ts";
import type { Clock, CommitDraft, WaitOptions } from "./ports.ts";
import { sealValue } from "./sealed-values.ts";

export interface CommitDraftDeps {
  readonly keyring: Pick<Keyring, "seal">;
  readonly recorder: Pick<AuditRecorder, "prepare">;
  readonly clock: Clock;
}

/** Whose change it is, and what to answer to a repetition of the request. */
export interface Commission extends WaitOptions {
  readonly changeSet: ChangeSet;
  readonly once: Once | undefined;
  readonly answer: Answer | undefined;
}

/**
 * A checked change as the store takes it: secrets sealed, the record of each item made.
 *
 * @throws {LlmcfgError} `SEALED`
 */
export async function toCommitDraft(
  deps: CommitDraftDeps,
  checked: CheckedChange,
  commission: Commission,
): Promise<CommitDraft> {
  const { changeSet, once, answer, signal } = commission;
  const { ground, reach, decidedBy } = checked;
  const { tenant, actor } = changeSet.caller;
  const drafts = checked.drafts.filter(({ isUnchanged }) => !isUnchanged);
  const items = await Promise.all(drafts.map((draft) => seal(deps, draft, { tenant, signal })));
  const written = { changeSet, ground, drafts, reached: reach.reached, decidedBy };
  const records: SealedRecord[] = [];
  for (const event of toWriteEvents({ ...written, idempotencyKey: once?.key })) {
    records.push(await deps.recorder.prepare(tenant, event));
  }
  return {
    basis: ground.basis,
    author: actor.principal,
    message: changeSet.message,
    committedAtMs: ground.nowMs,
    items,
    references: new Map(
      drafts.map(({ references }, i) => [i, references.map((use) => use.target)]),
    ),
    records,
    answer:
      once === undefined || answer === undefined
        ? undefined
        : {
            key: { principal: actor.principal, key: once.key },
            answer: toStored(once, answer, deps.clock),
          },
  };
}

/** A sensitive value is sealed for the version that it becomes, under a fresh data key. */
async function seal(
  { keyring }: CommitDraftDeps,
  { item, plaintext }: Draft,
  { tenant, signal }: WaitOptions & { readonly tenant: string },
): Promise<ItemVersion> {
  if (item.stored.kind !== "sealed" || plaintext === undefined) return item;
  const sealed = await sealValue(keyring, tenant, item, plaintext, { signal });
  return { ...item, stored: { kind: "sealed", sealed } };
}
