/**
 * The answers that are kept for repetitions of a request.
 *
 * @module
 */

import type { Kysely, Transaction } from "kysely";
import {
  ANSWER_KEPT_MS,
  type IdempotencyKey,
  type StoredAnswer,
  type WaitOptions,
} from "../../modules/configs/ports.ts";
import type { Tables } from "./tables.ts";

export async function findAnswer(
  db: Kysely<Tables>,
  tenant: string,
  { principal, key }: IdempotencyKey,
  { nowMs, signal }: WaitOptions & { readonly nowMs: number },
): Promise<StoredAnswer | undefined> {
  const row = await db
    .selectFrom("idempotency")
    .selectAll()
    .where((eb) => eb.and({ tenant, principal, key }))
    .where("saved_at_ms", ">=", nowMs - ANSWER_KEPT_MS)
    .executeTakeFirst({ signal });
  return (
    row && {
      requestHash: row.request_hash,
      status: row.status,
      headers: JSON.parse(row.headers) as StoredAnswer["headers"], // as keepAnswer wrote it
      body: row.body,
      savedAtMs: row.saved_at_ms,
    }
  );
}

/**
 * Keeps an answer unless there is one under its key, and forgets those whose time is over.
 * Whether it was kept.
 */
export async function keepAnswer(
  tx: Transaction<Tables>,
  tenant: string,
  { principal, key }: IdempotencyKey,
  { answer, nowMs }: { readonly answer: StoredAnswer; readonly nowMs: number },
): Promise<boolean> {
  await tx
    .deleteFrom("idempotency")
    .where("tenant", "=", tenant)
    .where("saved_at_ms", "<", nowMs - ANSWER_KEPT_MS)
    .execute();
  const kept = await tx
    .insertInto("idempotency")
    .values({
      tenant,
      principal,
      key,
      request_hash: answer.requestHash,
      status: answer.status,
      headers: JSON.stringify(answer.headers),
      body: answer.body,
      saved_at_ms: answer.savedAtMs,
    })
    .onConflict((on) => on.columns(["tenant", "principal", "key"]).doNothing())
    .returning("key")
    .executeTakeFirst();
  return kept !== undefined;
}
