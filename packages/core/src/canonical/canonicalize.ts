import { isJsonArray, isJsonObject, type Json } from "../json.ts";

/**
 * The one text that stands for a value: members sorted, numbers as ECMAScript writes them, nothing
 * between the tokens.
 *
 * Equal values have equal texts, so a hash of it is a hash of the value.
 *
 * @throws {TypeError} where the value is not JSON: an infinite number, half of a surrogate pair
 * @see RFC 8785
 */
export function canonicalize(value: Json): string {
  if (isJsonArray(value)) return `[${value.map(canonicalize).join(",")}]`;
  if (isJsonObject(value)) return `{${membersOf(value).join(",")}}`;
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError("JSON has no number that is not finite");
  }
  return JSON.stringify(value);
}

/** Sorted by UTF-16 code units (section 3.2.3), which is what `<` compares. */
function membersOf(value: { readonly [name: string]: Json }): readonly string[] {
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${quote(name)}:${canonicalize(member)}`);
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("half of a surrogate pair is not JSON");
  return JSON.stringify(text);
}
