import { canonicalize, isJsonArray, type Json } from "@llmcfg/core";
import { lengthPrefixed } from "./bytes.ts";

/**
 * A value as bytes under a keyed hash: its type, then its length and its canonical JSON (RFC 8785),
 * or the bytes themselves where it is binary.
 *
 * The type and the names of members are covered, so `"1"` and `1`, `null` and `""` differ.
 */
export function taggedValue(value: Json | Uint8Array): Uint8Array {
  const bytes = value instanceof Uint8Array ? value : canonicalize(value);
  return Buffer.concat([Buffer.of(tagOf(value)), lengthPrefixed(bytes)]);
}

function tagOf(value: Json | Uint8Array): number {
  if (value === null) return 0x00;
  if (typeof value === "boolean") return 0x01;
  if (typeof value === "number") return 0x02;
  if (typeof value === "string") return 0x03;
  if (value instanceof Uint8Array) return 0x04;
  return isJsonArray(value) ? 0x05 : 0x06;
}
