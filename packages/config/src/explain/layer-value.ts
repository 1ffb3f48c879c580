import type { Json } from "@llmcfg/core";
import { itemKey, keyOf, type PatchTree, type Tree, type TreeContext } from "../merge/tree.ts";
import { narrow, stepInto } from "../merge/tree-context.ts";
import { treeJson } from "../merge/tree-json.ts";
import type { PathSegment } from "../paths/config-path.ts";
import { isContent } from "../references/content-text.ts";
import { parseReferences } from "../references/reference.ts";

/** What one layer says about one place. */
export type LayerSaying =
  | { readonly state: "absent" }
  | {
      readonly state: "value" | "unset";
      readonly tree: Tree;
      readonly context: TreeContext;
      /** The operator that it stands in: `$merge`, `$append`… */
      readonly operator: string | undefined;
    };

/** Looks for a place in a layer, through its operators. */
export function sayingAt(
  layer: Tree,
  context: TreeContext,
  segments: readonly PathSegment[],
): LayerSaying {
  let tree: Tree = layer;
  let at = context;
  let operator: string | undefined;
  for (const segment of segments) {
    if (tree.type === "unset") break; // what is around the place is unset
    const narrowed = narrow(at, tree);
    const found = stepInLayer(tree, segment, narrowed);
    if (found === undefined) return { state: "absent" };
    tree = found.tree;
    operator = found.operator ?? operator;
    at = stepInto(narrowed, segment);
  }
  const unset = tree.type === "unset";
  return {
    state: unset ? "unset" : "value",
    tree,
    context: at,
    operator: unset ? "$unset" : operator,
  };
}

interface Found {
  readonly tree: Tree;
  readonly operator?: string;
}

function stepInLayer(tree: Tree, segment: PathSegment, context: TreeContext): Found | undefined {
  if (tree.type === "object") {
    const child = segment.type === "member" ? tree.entries.get(segment.name) : undefined;
    return child === undefined ? undefined : { tree: child };
  }
  if (tree.type === "patch") return stepInPatch(tree, segment, context);
  if (tree.type !== "array") return undefined;
  const item = itemAt(tree.items, segment, keyOf(context.nodes));
  return item === undefined ? undefined : { tree: item };
}

/** The last operator that speaks about the item. */
function stepInPatch(
  tree: PatchTree,
  segment: PathSegment,
  context: TreeContext,
): Found | undefined {
  const key = keyOf(context.nodes);
  for (const step of tree.steps.toReversed()) {
    for (const [operator, items] of [
      ["$append", step.append],
      ["$prepend", step.prepend],
    ] as const) {
      const item = segment.type === "item" ? itemAt(items, segment, key) : undefined;
      if (item !== undefined) return { tree: item, operator };
    }
    const patch = segment.type === "item" ? step.merge.get(segment.key) : undefined;
    if (patch !== undefined) return { tree: patch, operator: "$merge" };
    const placed = segment.type === "index" ? step.mergeAt?.get(segment.index) : undefined;
    if (placed !== undefined) return { tree: placed };
    const unset = step.unset.find(({ item }) => segment.type === "item" && item === segment.key);
    if (unset !== undefined) return { tree: { type: "unset", at: unset.at, source: step.source } };
  }
  return undefined;
}

function itemAt(
  items: readonly Tree[],
  segment: PathSegment,
  key: string | undefined,
): Tree | undefined {
  if (segment.type === "index") return items[segment.index];
  return items.find((item) => segment.type === "item" && itemKey(item, key) === segment.key);
}

const REDACTED = "[redacted]";

/** The value as it may be shown: literals of secrets, and what the schema does not know, hidden. */
export function shownValue(tree: Tree, context: TreeContext): Json {
  const narrowed = narrow(context, tree);
  switch (tree.type) {
    case "scalar":
      return tree.secret === undefined
        ? shownScalar(tree.value, narrowed)
        : treeJson({ ...tree, type: "scalar" });
    case "object": {
      const members = [...tree.entries].map(([name, value]) => {
        return [name, shownValue(value, stepInto(narrowed, { type: "member", name }))] as const;
      });
      return Object.fromEntries(members);
    }
    case "array":
      return tree.items.map((item, index) =>
        shownValue(item, stepInto(narrowed, { type: "index", index })),
      );
    case "unset":
      return { $unset: true };
    case "patch":
      return shownPatch(tree, narrowed);
  }
}

function shownScalar(value: string | number | boolean | null, { nodes }: TreeContext): Json {
  if (nodes.length === 0) return REDACTED;
  if (typeof value !== "string") return value;
  const isPath = nodes.some(({ kind }) => kind === "material") && !isContent(value);
  if (isPath || !nodes.some(({ isSecret }) => isSecret)) return value;
  return isReference(value) ? value : REDACTED;
}

function isReference(text: string): boolean {
  try {
    const parts = parseReferences(text);
    return parts.length === 1 && parts[0]?.type === "reference";
  } catch {
    return false;
  }
}

function shownPatch(tree: PatchTree, context: TreeContext): Json {
  const item = stepInto(context, { type: "index", index: 0 });
  const merged = tree.steps.map((step): Json => {
    const merges = [...step.merge].map(([name, patch]) => [name, shownValue(patch, item)] as const);
    const places = [...(step.mergeAt ?? [])].map(
      ([at, patch]) => [`[${at}]`, shownValue(patch, item)] as const,
    );
    return {
      ...(step.unset.length === 0 ? {} : { $unset: step.unset.map((unset) => unset.item) }),
      ...(merges.length + places.length === 0
        ? {}
        : { $merge: Object.fromEntries([...merges, ...places]) }),
      ...(step.prepend.length === 0 ? {} : { $prepend: shownItems(step.prepend, item) }),
      ...(step.append.length === 0 ? {} : { $append: shownItems(step.append, item) }),
    };
  });
  const [only] = merged;
  return merged.length === 1 && only !== undefined ? only : merged;
}

function shownItems(items: readonly Tree[], context: TreeContext): Json {
  return items.map((value) => shownValue(value, context));
}
