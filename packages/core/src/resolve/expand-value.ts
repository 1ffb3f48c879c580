import { isJsonArray, type Json, type JsonPointer, memberPointer } from "../json.ts";
import { type Mark, mayHoldReferences, parseString } from "./reference-grammar.ts";

/** What is put in the place of a mark. */
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
  /** Whether to leave the rest as it is. */
  readonly isOver: () => boolean;
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
  if (expansion.isOver() || !mayHoldReferences(value)) return value;
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
  const given: Substitute[] = [];
  for (const part of parseString(text, expansion.service)) {
    if (expansion.isOver()) break;
    const isText = part.kind === "text";
    given.push(
      isText ? { value: part.text, text: part.text } : expansion.substitute(part, pointer),
    );
  }
  const [only] = given;
  return given.length === 1 && only !== undefined ? only.value : given.map((g) => g.text).join("");
}
