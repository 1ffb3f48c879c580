import { type PathSegment, parseConfigPath, type SourceOutcome } from "@llmcfg/config";
import { type JsonPointer, memberPointer, REASONS } from "@llmcfg/core";
import type { Refusal } from "../agent/agent-reporter.ts";

type RefusedOutcome = Extract<SourceOutcome, { readonly result: "refused" }>;

/** What the server is told of a configuration that the application does not take. */
export function toRefusal({ reason, path }: RefusedOutcome): Refusal {
  return {
    reason: Object.hasOwn(REASONS, reason) ? reason : "RULE_VIOLATION",
    detail: reason,
    pointer: path === undefined ? null : toPointer(path),
  };
}

/** Items of lists by their key where the path has them so: what an operator knows them by. */
function toPointer(path: string): JsonPointer | null {
  try {
    return parseConfigPath(path).map(nameOf).reduce<JsonPointer>(memberPointer, "");
  } catch {
    return null; // no path: better no place than a wrong one
  }
}

function nameOf(segment: PathSegment): string | number {
  switch (segment.type) {
    case "member":
      return segment.name;
    case "index":
      return segment.index;
    case "item":
      return segment.key;
  }
}
