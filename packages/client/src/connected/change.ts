import { compareBytewise } from "@llmcfg/core";

/** What became of a key: it has a value now that it had not, or none any more. */
export interface KeyChange {
  readonly key: string;
  readonly op: "put" | "delete";
}

/** From one state to the next, whole; each state is the end of one change at most. */
export interface ConfigChange {
  /** Of the state that is in force now. */
  readonly revision: number;
  /** Sorted by key; at least one. */
  readonly changes: readonly KeyChange[];
}

/** What differs between two states, by the hashes of their keys. */
export function changesBetween(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly KeyChange[] {
  const puts = [...after].filter(([key, hash]) => before.get(key) !== hash);
  const deletes = [...before].filter(([key]) => !after.has(key));
  return [
    ...puts.map(([key]) => ({ key, op: "put" as const })),
    ...deletes.map(([key]) => ({ key, op: "delete" as const })),
  ].toSorted((a, b) => compareBytewise(a.key, b.key));
}

/** Two changes in a row as one: of a key, what became of it in the end. */
export function merged(first: ConfigChange, second: ConfigChange): ConfigChange {
  const byKey = new Map([...first.changes, ...second.changes].map((c) => [c.key, c] as const));
  const changes = [...byKey.values()].toSorted((a, b) => compareBytewise(a.key, b.key));
  return { revision: second.revision, changes };
}
