import { createHash } from "node:crypto";
import { Slices } from "../../load/slices.ts";
import type { StoreEntry, StoreReading } from "./key-value-store.ts";

/** By what a reading is recognised again: SHA-256 in lower-case hex. */
export interface ReadingDigest {
  /** Equal for equal keys with equal values, whatever their order and their revisions. */
  readonly content: string;
  /** Equal for equal keys that were written last at the same revisions. */
  readonly revisions: string;
}

/** Entries between two looks at the clock: of these all is hashed at once. */
const ENTRIES_PER_LOOK = 128;

/** The digest; other work goes on meanwhile. */
export async function digestOf(reading: StoreReading): Promise<ReadingDigest> {
  const sorted = reading.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const slices = new Slices();
  const content = createHash("sha256");
  const revisions = createHash("sha256");
  for (let start = 0; start < sorted.length; start += ENTRIES_PER_LOOK) {
    await slices.pause();
    const entries = sorted.slice(start, start + ENTRIES_PER_LOOK);
    content.update(lengthsOf(entries));
    content.update(Buffer.concat(entries.map(({ value }) => value)));
    revisions.update(JSON.stringify(entries.map(({ key, revision }) => [key, revision])));
  }
  return { content: content.digest("hex"), revisions: revisions.digest("hex") };
}

/** What tells values apart that stand behind each other. */
function lengthsOf(entries: readonly StoreEntry[]): string {
  return JSON.stringify(entries.map(({ key, value }) => [key, value.length]));
}
