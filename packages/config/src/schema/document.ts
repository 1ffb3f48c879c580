import type { Json } from "@llmcfg/core";
import { Duration } from "../values/duration.ts";
import { isSecretRef } from "../values/secret-handle.ts";

/**
 * A typed value as a document has it: durations as text, secrets as their reference and
 * literals as `[redacted]`. Members that are `undefined` are left out.
 */
export function toDocument(value: unknown): Json {
  if (value instanceof Duration) return value.toString();
  if (isSecretRef(value)) return value.kind === "literal" ? "[redacted]" : value.reference;
  if (Array.isArray(value)) return value.map(toDocument);
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members.map(([name, member]) => [name, toDocument(member)]));
  }
  return value as Json; // what a schema yields beside these is a JSON scalar
}
