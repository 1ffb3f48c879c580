/** The texts from `from` on that lie below `below`; absent: all from `from` on. */
export interface TextRange {
  readonly from: string;
  readonly below: string | undefined;
}

/**
 * Exactly the texts that begin with `prefix`, as a range in the order of their UTF-8 bytes.
 *
 * A range uses an index, and has no characters with a meaning of their own as a pattern has.
 */
export function prefixRange(prefix: string): TextRange {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10_ffff) points.pop(); // the last of all: the one before it counts up
  const last = points.pop();
  if (last === undefined) return { from: prefix, below: undefined };

  const next = last === 0xd7_ff ? 0xe0_00 : last + 1; // what lies between is half a character
  return { from: prefix, below: String.fromCodePoint(...points, next) };
}
