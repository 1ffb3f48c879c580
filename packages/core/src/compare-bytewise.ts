/**
 * Orders two texts as their UTF-8 bytes are ordered, which is also the order of their code points.
 *
 * Differs from `<`, which compares UTF-16 code units, where one text has a character above U+FFFF.
 *
 * @returns negative, zero or positive, as `toSorted` wants it
 */
export function compareBytewise(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return rankOf(unitA) - rankOf(unitB);
  }
  return a.length - b.length;
}

/** Moves surrogates behind U+E000 to U+FFFF: they stand for characters above all of those. */
function rankOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
