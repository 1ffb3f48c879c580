import type { SourceOutcome } from "@llmcfg/config";
import { REASONS } from "@llmcfg/core";
import type { Refusal } from "../agent/agent-reporter.ts";

type RefusedOutcome = Extract<SourceOutcome, { readonly result: "refused" }>;

/** What the server is told of a configuration that the application does not take. */
export function toRefusal({ reason, pointer }: RefusedOutcome): Refusal {
  return {
    reason: Object.hasOwn(REASONS, reason) ? reason : "RULE_VIOLATION",
    detail: reason,
    pointer: pointer ?? null,
  };
}
