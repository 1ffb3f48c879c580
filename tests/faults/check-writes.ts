import type { StoredKey } from "./stored-keys.ts";
import type { Acknowledged } from "./writers.ts";

export interface WriteFaults {
  /** Acknowledged keys that are not there with their value and revision. */
  readonly lost: readonly string[];
  /** Keys of pairs whose other key is missing or from another commit. */
  readonly torn: readonly string[];
  /** Revisions no key has. */
  readonly gaps: readonly number[];
}

export interface WrittenStore {
  readonly stored: readonly StoredKey[];
  /** The newest revision before the first write. */
  readonly firstRevision: number;
  readonly head: number;
}

/** What a store owes to clients that wrote each key once and were the only ones to write. */
export function checkWrites(
  acknowledged: readonly Acknowledged[],
  { stored, firstRevision, head }: WrittenStore,
): WriteFaults {
  const byKey = new Map(stored.map((entry) => [entry.key, entry]));
  return {
    lost: findLost(acknowledged, byKey),
    torn: findTorn(byKey),
    gaps: findGaps(new Set(stored.map(({ revision }) => revision)), firstRevision, head),
  };
}

function findLost(
  acknowledged: readonly Acknowledged[],
  byKey: ReadonlyMap<string, StoredKey>,
): readonly string[] {
  return acknowledged.flatMap(({ keys, value, revision }) =>
    keys.filter((key) => {
      const entry = byKey.get(key);
      return entry?.value !== value || entry.revision !== revision;
    }),
  );
}

/** Acknowledged or not: a commit is there as a whole or not at all. */
function findTorn(byKey: ReadonlyMap<string, StoredKey>): readonly string[] {
  return [...byKey.values()].flatMap(({ key, value, revision }) => {
    const [, pair, side] = /^(pair-\d+)-([ab])$/.exec(key) ?? [];
    if (pair === undefined) return [];
    const other = byKey.get(`${pair}-${side === "a" ? "b" : "a"}`);
    return other?.value === value && other.revision === revision ? [] : [key];
  });
}

function findGaps(
  revisions: ReadonlySet<number>,
  firstRevision: number,
  head: number,
): readonly number[] {
  return Array.from({ length: head - firstRevision }, (_, i) => firstRevision + 1 + i).filter(
    (revision) => !revisions.has(revision),
  );
}
