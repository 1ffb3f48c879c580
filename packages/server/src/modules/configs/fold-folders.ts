import type { Effective } from "./ports.ts";

/** Keys that lie deeper than is shown. */
export interface Folder {
  /** Below the prefix: `inference`, or `a/b` where two levels are shown. */
  readonly name: string;
  /** How many keys lie below it. */
  readonly keys: number;
}

export interface Folding {
  readonly prefix: string;
  readonly view: "flat" | "tree";
  /** Of a tree 1 where it is not given; of a flat list no limit. */
  readonly depth: number | undefined;
}

/** Parts the entries into those that are shown and the folders that hold the others. */
export function foldFolders(
  entries: readonly Effective[],
  { prefix, view, depth = view === "tree" ? 1 : Infinity }: Folding,
): { readonly shown: readonly Effective[]; readonly folders: readonly Folder[] } {
  const shown: Effective[] = [];
  const counts = new Map<string, number>();
  for (const entry of entries) {
    const below = entry.ref.key.slice(prefix.length).split("/");
    if (below.length <= depth) {
      shown.push(entry);
    } else {
      const name = below.slice(0, depth).join("/");
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  const folders = view === "tree" ? [...counts].map(([name, keys]) => ({ name, keys })) : [];
  return { shown, folders };
}
