/**
 * What JSON may look like on its way in.
 *
 * @module
 */

import type { Finding } from "./errors.ts";
import type { JsonPointer } from "./json.ts";

/** How much structure a value may have; absent means {@link DEFAULT_JSON_LIMITS}. */
export interface JsonLimits {
  /** Objects and arrays inside each other; a scalar has depth 0. At most 1,000. */
  readonly maxDepth?: number;
  /** Values of any kind, the outermost one too. */
  readonly maxNodes?: number;
  /** Of one object. */
  readonly maxMembers?: number;
}

export const DEFAULT_JSON_LIMITS: Required<JsonLimits> = {
  maxDepth: 64,
  maxNodes: 100_000,
  maxMembers: 10_000,
};

/** The `code` of a finding about JSON. */
export type JsonFaultCode = keyof typeof JSON_FAULTS;

/** What each code says; none of it quotes the value. */
const JSON_FAULTS = {
  MALFORMED_JSON: "is not JSON",
  NOT_JSON: "is nothing that JSON can hold",
  DUPLICATE_MEMBER: "occurs twice in its object",
  RESERVED_MEMBER: "has a name that is reserved: __proto__, constructor or prototype",
  LONE_SURROGATE: "holds half of a surrogate pair, which is no character",
  UNSAFE_NUMBER: "is a number that would lose digits: write it as a string",
  TOO_DEEP: "is nested too deeply",
  TOO_MANY_NODES: "comes after as many values as are allowed",
  TOO_MANY_MEMBERS: "is beyond the members that one object may have",
} as const;

/** The finding for a fault at a place. */
export function findingFor(code: JsonFaultCode, pointer: JsonPointer): Finding {
  const expected = code === "UNSAFE_NUMBER" ? { expected: "write it as a string" } : {};
  return { pointer, code, detail: JSON_FAULTS[code], ...expected };
}

/** Whether a member name is refused on every entrance: careless code reaches prototypes by it. */
export function isReservedName(name: string): boolean {
  return name === "__proto__" || name === "constructor" || name === "prototype";
}
