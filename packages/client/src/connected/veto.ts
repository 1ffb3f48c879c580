import { isLlmcfgError, type JsonPointer, LlmcfgError, memberPointer } from "@llmcfg/core";
import type { Refusal } from "../agent/agent-reporter.ts";

/**
 * The error for a state that the application, or a schema of it, does not take.
 *
 * @param thrown its message is told to the server, so it must quote no secret
 * @param path where the schema was applied; `""` for the whole
 */
export function toVeto(thrown: unknown, path: string): LlmcfgError {
  const detail = thrown instanceof Error ? thrown.message : "the application threw no error";
  const reason = isLlmcfgError(thrown) ? thrown.reason : "RULE_VIOLATION";
  const errors = [{ pointer: pointerOf(thrown, path), code: reason, detail }];
  return new LlmcfgError("RULE_VIOLATION", detail, { errors }, { cause: thrown });
}

/** What a report says of it. */
export function toRefusal(veto: LlmcfgError): Refusal {
  const { errors } = veto.details as { readonly errors?: readonly { readonly pointer: string }[] }; // of some reasons
  return { reason: veto.reason, detail: veto.message, pointer: errors?.[0]?.pointer || null };
}

/** Below `path`, the place that a schema names first. */
function pointerOf(thrown: unknown, path: string): JsonPointer {
  const start = path === "" ? "" : path.split("/").reduce(memberPointer, "");
  return firstPlaceOf(thrown).reduce<JsonPointer>(memberPointer, start);
}

/** As the errors of zod have it: a list of issues, each with a path. */
function firstPlaceOf(thrown: unknown): readonly (string | number)[] {
  const [first] = itemsOf(thrown instanceof Error && "issues" in thrown ? thrown.issues : []);
  const hasPath = typeof first === "object" && first !== null && "path" in first;
  const path = itemsOf(hasPath ? first.path : []);
  return path.filter((part) => typeof part === "string" || typeof part === "number");
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []; // an array of anything
}
