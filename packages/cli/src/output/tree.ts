import { printable } from "@llmcfg/core";

/** A key, cut at its slashes, and what to say of it. */
export interface Leaf {
  readonly segments: readonly string[];
  readonly note: string | undefined;
}

/**
 * Keys as a tree, in the order in which they come, folders with a slash at their end.
 *
 * ```text
 * production/ml-service
 * ├─ db-url
 * └─ inference/
 *    └─ timeout-seconds = 30
 * ```
 */
export function drawTree(title: string, leaves: readonly Leaf[]): string {
  const root: Folder = new Map();
  for (const leaf of leaves) add(root, leaf);
  return [printable(title), ...linesOf(root, "")].map((line) => `${line}\n`).join("");
}

/** Keys and folders by their segment. A key cannot also be a folder, so a name stands for one. */
type Folder = Map<string, Folder | Leaf>;

function add(root: Folder, leaf: Leaf): void {
  const folders = leaf.segments.slice(0, -1);
  let folder = root;
  for (const segment of folders) {
    const name = `${segment}/`;
    const known = folder.get(name);
    const next: Folder = known instanceof Map ? known : new Map();
    folder.set(name, next);
    folder = next;
  }
  folder.set(leaf.segments.at(-1) ?? "", leaf);
}

function linesOf(folder: Folder, indent: string): readonly string[] {
  const last = folder.size - 1;
  return [...folder].flatMap(([name, below], i) => {
    const [branch, trunk] = i === last ? ["└─ ", "   "] : ["├─ ", "│  "];
    if (below instanceof Map) {
      return [`${indent}${branch}${printable(name)}`, ...linesOf(below, indent + trunk)];
    }
    const note = below.note === undefined ? "" : ` = ${below.note.replaceAll("\n", " ")}`;
    return [`${indent}${branch}${printable(name + note)}`];
  });
}
