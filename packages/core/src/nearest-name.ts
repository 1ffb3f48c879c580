import { compareBytewise } from "./compare-bytewise.ts";

/**
 * The candidates that somebody who wrote `name` may have meant, the nearest first; of equally near
 * ones in bytewise order, at most `limit`.
 *
 * Near is a name with the same letters and digits (whatever their case and the `-`, `_`, `.`
 * between them), or one that is two slips away: a letter inserted, left out, changed, or swapped
 * with the next one. Of what follows the last folder that both share, less than four letters
 * forgive one slip, and a single one none. `name` itself is never near. O(length of all candidates).
 */
export function nearestNames(
  name: string,
  candidates: Iterable<string>,
  limit: number = 3,
): readonly string[] {
  return [...new Set(candidates)]
    .filter((candidate) => candidate !== name)
    .map((candidate) => ({ candidate, slips: slipsBetween(name, candidate) }))
    .filter(({ slips }) => slips < Infinity)
    .toSorted((a, b) => a.slips - b.slips || compareBytewise(a.candidate, b.candidate))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** Infinite where they are not near. */
function slipsBetween(name: string, candidate: string): number {
  const shared = lengthOfSharedFolders(name, candidate);
  const [wrote, meant] = [name.slice(shared), candidate.slice(shared)];
  const forgiven = forgivenSlips(wrote);
  if (Math.abs(wrote.length - meant.length) <= MAX_SLIPS && lettersOf(wrote) === lettersOf(meant)) {
    return 0;
  }
  return distanceWithin(wrote, meant, forgiven);
}

const MAX_SLIPS = 2;

function forgivenSlips(text: string): number {
  if (text.length < 2) return 0;
  return text.length < 4 ? 1 : MAX_SLIPS;
}

function lengthOfSharedFolders(a: string, b: string): number {
  let shared = 0;
  for (let i = 0; i < a.length && a[i] === b[i]; i++) {
    if (a[i] === "/") shared = i + 1;
  }
  return shared;
}

function lettersOf(text: string): string {
  return text.toLowerCase().replaceAll(/[-_.]/g, "");
}

/**
 * Optimal string alignment distance, infinite where it is more than `max`.
 *
 * A row holds the distances between the first `i` letters of one text and the first `j` of the
 * other; only those within `max` of the diagonal are computed, `j` at the index `j - i + max`.
 */
function distanceWithin(one: string, other: string, max: number): number {
  if (Math.abs(one.length - other.length) > max) return Infinity;
  const [a, b] = withoutSharedEnds(one, other);
  let row = Array.from({ length: 2 * max + 1 }, (_, k) => (k < max ? Infinity : k - max));
  let last = row.map(() => Infinity);
  let beforeLast = row.map(() => Infinity);
  for (let i = 1; i <= a.length; i++) {
    [row, last, beforeLast] = [beforeLast, row, last];
    if (fillRow({ row, last, beforeLast }, { a, b, i, max }) > max) return Infinity;
  }
  const distance = row[b.length - a.length + max] ?? Infinity;
  return distance <= max ? distance : Infinity;
}

/** What both begin or end with adds nothing to their distance. */
function withoutSharedEnds(a: string, b: string): readonly [string, string] {
  const shortest = Math.min(a.length, b.length);
  let start = 0;
  while (start < shortest && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shortest - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}

interface Rows {
  readonly row: number[];
  readonly last: readonly number[];
  readonly beforeLast: readonly number[];
}

/** Returns the smallest of the row: no later one has a smaller. */
function fillRow(
  { row, last, beforeLast }: Rows,
  at: { readonly a: string; readonly b: string; readonly i: number; readonly max: number },
): number {
  const { a, b, i, max } = at;
  let smallest = Infinity;
  for (let k = 0; k <= 2 * max; k++) {
    const j = i + k - max;
    const isSame = a[i - 1] === b[j - 1];
    const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    const inserted = k === 0 ? Infinity : (row[k - 1] ?? Infinity) + 1;
    const leftOut = (last[k + 1] ?? Infinity) + 1;
    const changed = j > 0 ? (last[k] ?? Infinity) + (isSame ? 0 : 1) : Infinity;
    const swapped = isSwapped ? (beforeLast[k] ?? Infinity) + 1 : Infinity;
    const isInside = j >= 0 && j <= b.length;
    row[k] = isInside ? Math.min(inserted, leftOut, changed, swapped) : Infinity;
    smallest = Math.min(smallest, row[k] ?? Infinity);
  }
  return smallest;
}
