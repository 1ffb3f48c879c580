import { LlmcfgError } from "@llmcfg/core";
import { expect, test } from "vitest";
import { type FailedAttempt, retryDelayMs } from "../../src/http/retry.ts";

const away = new LlmcfgError("OFFLINE_MISS", "cannot reach it", { retryAfter: 1 });
const draining = new LlmcfgError("DRAINING", "is shutting down", { retryAfter: 2 });
const late = new LlmcfgError("REVISION_NOT_REACHED", "is at r3", { retryAfter: 1 });
const denied = new LlmcfgError("UNAUTHENTICATED", "no", {});

const reset: FailedAttempt = {
  attempt: 1,
  isRepeatable: true,
  failure: away,
  wasReset: true,
  remainingMs: 30_000,
  random: 0.5,
};

test.each<[string, FailedAttempt, number | undefined]>([
  ["after a reset, with jitter", reset, 100],
  ["after a second reset, with more of it", { ...reset, attempt: 2 }, 200],
  ["not after a third", { ...reset, attempt: 3 }, undefined],
  ["not where it could happen twice", { ...reset, isRepeatable: false }, undefined],
  ["not where nobody listens", { ...reset, wasReset: false }, undefined],
  ["after an outage not before its time", { ...reset, wasReset: false, failure: draining }, 2_100],
  [
    "not where the deadline is before that",
    { ...reset, wasReset: false, failure: draining, remainingMs: 2_000 },
    undefined,
  ],
  [
    "not where the caller's own bound was missed",
    { ...reset, wasReset: false, failure: late },
    undefined,
  ],
  ["not after a refusal", { ...reset, wasReset: false, failure: denied }, undefined],
])("a request is repeated %s", (_when, failed, delayMs) => {
  expect(retryDelayMs(failed)).toBe(delayMs);
});
