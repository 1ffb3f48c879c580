import type { Json } from "@llmcfg/core";
import { Duration } from "../values/duration.ts";
import { isSecretRef } from "../values/secret-handle.ts";

/**
 * A typed value as a document has it: durations as text, secrets as their reference and
 * literals as `[redacted]`. Members that are `undefined` are left out.
 */
export function toDocument(value: unknown): Json {
  if (typeof value !== "object" || value === null) return value as Json; // a schema yields JSON scalars
  if (Array.isArray(value)) return value.map(toDocument);
  if (value instanceof Duration) return value.toString();
  if (isSecretRef(value)) return value.kind === "literal" ? "[redacted]" : value.reference;
  const document: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) document[name] = toDocument(member);
  }
  return document;
}
