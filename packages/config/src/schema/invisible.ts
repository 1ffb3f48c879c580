/**
 * Characters that nobody sees, and that make one name look like another.
 *
 * @module
 */

const INVISIBLE = /[\u00a0\u00ad\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]/g;

/** The invisible characters of a name by number (`U+00A0`); none if there are none. */
export function invisibleCharacters(name: string): readonly string[] {
  const numbers = [...name.matchAll(INVISIBLE)].map(([character]) =>
    (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0"),
  );
  return [...new Set(numbers)].map((number) => `U+${number}`);
}

/** The name without them. */
export function withoutInvisible(name: string): string {
  return name.replace(INVISIBLE, "");
}
