import type { LlmcfgError } from "@llmcfg/core";
import { retryAfterOf } from "./problem-error.ts";

/** What became of an attempt. */
export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number;
  /** Whether sending the same again cannot do twice what was asked for once. */
  readonly isRepeatable: boolean;
  readonly failure: LlmcfgError;
  /** The connection broke after it was there. */
  readonly wasReset: boolean;
  /** Until the caller's deadline. */
  readonly remainingMs: number;
  /** At least 0 and below 1. */
  readonly random: number;
}

const MAX_ATTEMPTS = 3;
const BASE_MS = 100;

/**
 * How long to wait before the same request is sent again; `undefined` where it is not.
 *
 * Only repeatable requests are, twice at most: after a reset with full jitter, after a 503 not
 * before its `Retry-After`. Where the deadline would pass first there is no use in waiting.
 */
export function retryDelayMs(failed: FailedAttempt): number | undefined {
  if (!failed.isRepeatable || failed.attempt >= MAX_ATTEMPTS) return undefined;
  const after = failed.wasReset ? 0 : outageSeconds(failed.failure);
  if (after === undefined) return undefined;
  const delay = after * 1_000 + failed.random * BASE_MS * 2 ** failed.attempt;
  return delay < failed.remainingMs ? delay : undefined;
}

/** Of a 503 that is about the server; one about the caller's own bound is the answer asked for. */
function outageSeconds(failure: LlmcfgError): number | undefined {
  if (failure.reason === "REVISION_NOT_REACHED" || failure.reason === "TOO_STALE") return undefined;
  return failure.kind === "unavailable" ? retryAfterOf(failure) : undefined;
}
