import type { LayerBelow, ReadTrees, Reread } from "../config-source.ts";
import { RereadTexts } from "../reread-texts.ts";
import type { TextTools } from "../text-tools.ts";
import type { ReadFile } from "./file-reader.ts";
import { takeIncludes } from "./include-list.ts";

/**
 * Parses the files again, each without what it includes: that is one of the others.
 *
 * @param files strongest first
 */
export function rereadFiles(
  files: readonly ReadFile[],
  tools: TextTools,
  toTrees: (layers: readonly LayerBelow[]) => ReadTrees,
): Reread {
  const known = files.map(({ id, path: file, realPath, format }) => {
    return { id, format, origin: { kind: "file", file, realPath } as const };
  });
  return new RereadTexts(known, tools, (layers) => toTrees(layers.map(withoutIncludes)));
}

function withoutIncludes({ id, tree }: LayerBelow): LayerBelow {
  return { id, tree: tree.type === "object" ? takeIncludes(tree, id).rest : tree };
}
