/**
 * The known names that a mistyped one may have meant, nearest first: at most two edits away, or the
 * same letters but for case, `_` and `-`.
 */
export function nearestNames(name: string, known: Iterable<string>): readonly string[] {
  const ranked = [...new Set(known)].flatMap((candidate) => {
    const distance = letters(name) === letters(candidate) ? 0 : editDistance(name, candidate);
    return distance <= Math.min(2, Math.max(name.length, candidate.length) / 2)
      ? [{ candidate, distance }]
      : [];
  });
  return ranked.toSorted((a, b) => a.distance - b.distance).map(({ candidate }) => candidate);
}

function letters(name: string): string {
  return name.replace(/[_-]/g, "").toLowerCase();
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const costs = [at(row, j - 1) + 1, at(last, j) + 1, at(last, j - 1) + (isSame ? 0 : 1)];
      if (isSwap) costs.push(at(beforeLast, j - 2) + 1);
      row.push(Math.min(...costs));
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

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
