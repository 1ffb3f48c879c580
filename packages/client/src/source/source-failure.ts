import type { SourceFailure } from "@llmcfg/config";
import type { LlmcfgError } from "@llmcfg/core";

/** Whether nobody could be asked; anything else is an answer. */
export function isAway({ kind }: LlmcfgError): boolean {
  return kind === "unavailable" || kind === "timed_out" || kind === "exhausted";
}

/** What a failed read is to the library. */
export function toFailure(error: LlmcfgError): SourceFailure {
  if (isAway(error) || error.kind === "internal") return { state: "unreachable", cause: error };
  if (error.kind === "not_found") return { state: "missing", cause: error };
  if (error.kind === "corrupt") return { state: "unstable", cause: error }; // another read may do
  return { state: "unreadable", cause: error };
}
