import type { ListStep, Tree } from "../../merge/tree.ts";
import type { PathSegment } from "../../paths/config-path.ts";

/** A layer that has the value at one place and nothing else; list items are patched, not replaced. */
export function pathTree(segments: readonly PathSegment[], value: Tree): Tree {
  return segments.reduceRight<Tree>((tree, segment) => around(segment, tree), value);
}

function around(segment: PathSegment, tree: Tree): Tree {
  const { at, source } = tree;
  if (segment.type === "member") {
    return { type: "object", entries: new Map([[segment.name, tree]]), at, source };
  }
  const step: ListStep = {
    source,
    at,
    unset: [],
    merge: new Map(segment.type === "item" ? [[segment.key, tree]] : []),
    mergeAt: new Map(segment.type === "index" ? [[segment.index, tree]] : []),
    prepend: [],
    append: [],
  };
  return { type: "patch", steps: [step], at, source };
}
