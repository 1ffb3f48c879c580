/**
 * What became of each leaf of a configuration that was carried from one product to another.
 *
 * @module
 */

import type { ConfigPath, Position } from "@llmcfg/config";

/**
 * `mapped`: the same meaning. `approximated`: the nearest meaning, the note says how it differs.
 * `assumed`: a value that had to be added. `preserved`: no meaning on the other side; an import
 * keeps it verbatim under `extensions`, after an export it stays in our document alone. `refused`:
 * must not be carried over, and then nothing is written.
 */
export type Disposition = "mapped" | "approximated" | "assumed" | "preserved" | "refused";

/** From the least loss to the greatest. */
export const DISPOSITIONS: readonly Disposition[] = [
  "mapped",
  "assumed",
  "approximated",
  "preserved",
  "refused",
];

/** What became of one setting. */
export interface LossEntry {
  readonly disposition: Disposition;
  /** Where the leaf stands in the input; `undefined` where there is none. */
  readonly from: string | undefined;
  readonly position?: Position;
  readonly to?: ConfigPath;
  readonly note?: string;
}

/** What became of every setting: nothing is lost without being told. */
export interface LossReport {
  /** Those of the input in its order, then those that have no leaf. Shows no credential. */
  readonly entries: readonly LossEntry[];
  readonly counts: Readonly<Record<Disposition, number>>;
  /** Leaves in the input; equals the number of entries with a `from`. */
  readonly inputLeaves: number;
  /** For people: the counts, then one line for each entry that lost something. */
  format(): string;
}

export function createLossReport(entries: readonly LossEntry[], inputLeaves: number): LossReport {
  const counts = countsOf(entries);
  return {
    entries,
    counts,
    inputLeaves,
    format: () => {
      const worth = entries.filter(({ disposition }) => disposition !== "mapped");
      return [formatCounts(counts, inputLeaves), ...worth.map(formatEntry)].join("\n");
    },
  };
}

/** `41 leaves: 30 mapped, 6 approximated, 5 preserved; 3 assumed`. */
export function formatCounts(counts: LossReport["counts"], inputLeaves: number): string {
  const { mapped, approximated, preserved, refused, assumed } = counts;
  const leaves = inputLeaves === 1 ? "1 leaf" : `${inputLeaves} leaves`;
  const refusals = refused === 0 ? "" : `, ${refused} refused`;
  const kept = `${mapped} mapped, ${approximated} approximated, ${preserved} preserved`;
  return `${leaves}: ${kept}${refusals}; ${assumed} assumed`;
}

function countsOf(entries: readonly LossEntry[]): Record<Disposition, number> {
  const counts = { mapped: 0, approximated: 0, assumed: 0, preserved: 0, refused: 0 };
  for (const { disposition } of entries) counts[disposition] += 1;
  return counts;
}

function formatEntry({ disposition, from, position, to, note }: LossEntry): string {
  const place =
    position?.kind === "file" ? [`${position.file}:${position.line}:${position.column}`] : [];
  const names = from === undefined || to === undefined ? [from ?? to ?? ""] : [`${from} -> ${to}`];
  const head = [disposition, ...place, ...names.filter((name) => name !== "")].join("  ");
  return note === undefined ? head : `${head}\n  ${note}`;
}
