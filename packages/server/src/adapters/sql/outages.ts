/**
 * What a caller hears when an engine cannot do its work. Each engine tells in its `errors.ts` which
 * of its own errors mean which of these.
 *
 * @module
 */

import { isLlmcfgError, LlmcfgError } from "@llmcfg/core";

/** What failed: a statement, after which nothing is written, or the end of a transaction. */
export type Step = "statement" | "commit";

export function storageFull(cause: unknown): LlmcfgError {
  const message = "the store has no space left: nothing was written";
  return new LlmcfgError("STORAGE_FULL", message, {}, { cause });
}

/** @param why what keeps the store from answering, in words */
export function storeUnavailable(
  why: string,
  { step, retryAfter, cause }: { step: Step; retryAfter: number; cause: unknown },
): LlmcfgError {
  const outcome = step === "commit" ? "the outcome of the write is unknown" : "nothing was written";
  return new LlmcfgError("STORE_UNAVAILABLE", `${why}: ${outcome}`, { retryAfter }, { cause });
}

export function storeDamaged(cause: unknown): LlmcfgError {
  const message = "the database is damaged, or none of ours";
  return new LlmcfgError("INTEGRITY_FAILED", message, {}, { cause });
}

/** What an outage means to those who had to put something on record; other errors as they are. */
export function toAuditError(error: unknown): unknown {
  const isOutage =
    isLlmcfgError(error, "STORE_UNAVAILABLE") || isLlmcfgError(error, "STORAGE_FULL");
  if (!isOutage) return error;

  const message = "the audit log cannot be written, so what had to be recorded must not happen";
  return new LlmcfgError("AUDIT_UNAVAILABLE", message, { retryAfter: 5 }, { cause: error });
}
