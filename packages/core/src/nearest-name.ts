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
 * Only the cells within `max` of the diagonal are computed, so it takes O(max × length). A row
 * holds those of one `i`: the cell for `j` is at `j - i + max`.
 */
function distanceWithin(a: string, b: string, max: number): number {
  if (Math.abs(a.length - b.length) > max) return Infinity;
  let beforeLast: readonly number[] = [];
  let last = firstRow(b, max);
  for (let i = 1; i <= a.length; i++) {
    const row = nextRow({ a, b, i, max, last, beforeLast });
    if (Math.min(...row) > max) return Infinity;
    [beforeLast, last] = [last, row];
  }
  const distance = last[b.length - a.length + max] ?? Infinity;
  return distance <= max ? distance : Infinity;
}

function firstRow(b: string, max: number): readonly number[] {
  return Array.from({ length: 2 * max + 1 }, (_, k) => {
    const j = k - max;
    return j >= 0 && j <= b.length ? j : Infinity;
  });
}

function nextRow(at: {
  readonly a: string;
  readonly b: string;
  readonly i: number;
  readonly max: number;
  readonly last: readonly number[];
  readonly beforeLast: readonly number[];
}): readonly number[] {
  const { a, b, i, max, last, beforeLast } = at;
  const row: number[] = [];
  for (let k = 0; k <= 2 * max; k++) {
    const j = i + k - max;
    const isInside = j >= 0 && j <= b.length;
    const isSame = a[i - 1] === b[j - 1];
    const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    const inserted = (row[k - 1] ?? Infinity) + 1;
    const leftOut = (last[k + 1] ?? Infinity) + 1;
    const changed = j > 0 ? (last[k] ?? Infinity) + (isSame ? 0 : 1) : Infinity;
    const swapped = j > 1 && i > 1 && isSwapped ? (beforeLast[k] ?? Infinity) + 1 : Infinity;
    row.push(isInside ? Math.min(inserted, leftOut, changed, swapped) : Infinity);
  }
  return row;
}
