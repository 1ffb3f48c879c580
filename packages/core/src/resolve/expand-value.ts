import { isJsonArray, type Json, type JsonPointer, memberPointer } from "../json.ts";
import { mayHoldReferences, parseString, type StringPart } from "./reference-grammar.ts";

/** A part of a string that something else is put in the place of. */
export type Mark = Exclude<StringPart, { readonly kind: "text" }>;

/** What is put there. */
export interface Substitute {
  /** Where the mark is the whole string. */
  readonly value: Json;
  /** Where there is text around it. */
  readonly text: string;
}

export interface Expansion {
  /** What paths without a service are relative to. */
  readonly service: string;
  /** Called for each mark, in order of place. */
  readonly substitute: (mark: Mark, pointer: JsonPointer) => Substitute;
}

/**
 * The value with something else in the place of each mark in its strings, and each escape undone.
 *
 * Names of members stay as they are. What holds no mark is shared with `value`, not copied.
 */
export function expandValue(value: Json, expansion: Expansion): Json {
  return expandAt("", value, expansion);
}

// Loops rather than callbacks: values are deep, and each may be read from inside another.
function expandAt(pointer: JsonPointer, value: Json, expansion: Expansion): Json {
  if (!mayHoldReferences(value)) return value;
  if (typeof value === "string") return expandString(pointer, value, expansion);
  if (typeof value !== "object" || value === null) return value;

  const members: [name: string, member: Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    members.push([name, expandAt(memberPointer(pointer, name), member, expansion)]);
  }
  if (isJsonArray(value)) return members.map(([, element]) => element);
  return Object.fromEntries(members); // defines members, so even `__proto__` is one like any other
}

function expandString(pointer: JsonPointer, text: string, expansion: Expansion): Json {
  const parts = parseString(text, expansion.service);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && only.kind !== "text") {
    return expansion.substitute(only, pointer).value;
  }
  return parts
    .map((part) => (part.kind === "text" ? part.text : expansion.substitute(part, pointer).text))
    .join("");
}
