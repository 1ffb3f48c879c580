import type { Json, JsonObject } from "@llmcfg/core";
import {
  itemKey,
  keyOf,
  type ObjectTree,
  type PatchTree,
  type Tree,
  type TreeContext,
  type ValueTree,
} from "../merge/tree.ts";
import { narrow, stepInto, stepIntoMember } from "../merge/tree-context.ts";
import { treeJson } from "../merge/tree-json.ts";
import type { PathSegment } from "../paths/config-path.ts";
import { isContent } from "../references/content-text.ts";
import { shownSecretText } from "../references/secret-default.ts";

/** What one layer says about one place. */
export type LayerSaying =
  | { readonly state: "absent" }
  | {
      readonly state: "value" | "unset";
      readonly tree: Tree;
      readonly context: TreeContext;
      /** The operator that it stands in: `$merge`, `$append`… */
      readonly operator: string | undefined;
      /** What is around the place takes the place of all that is weaker, and has nothing here. */
      readonly isReplaced?: boolean;
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
  let around: Tree | undefined; // takes the place of what weaker layers have
  for (const segment of segments) {
    if (isReplacing(tree)) around = tree;
    if (tree.type === "unset") break; // what is around the place is unset
    const narrowed = narrow(at, tree);
    const found = stepInLayer(tree, segment, narrowed);
    if (found === undefined) return replacedBy(around, at);
    tree = found.tree;
    operator = found.operator ?? operator;
    at = stepInto(narrowed, segment);
  }
  const state = tree.type === "unset" ? "unset" : "value";
  const own = operatorOf(tree) ?? (around === undefined ? undefined : operatorOf(around));
  return { state, tree, context: at, operator: own ?? operator };
}

function isReplacing({ type, ignores }: Tree): boolean {
  return ignores !== undefined || type === "array" || type === "scalar";
}

function replacedBy(around: Tree | undefined, context: TreeContext): LayerSaying {
  if (around === undefined) return { state: "absent" };
  const operator = operatorOf(around);
  return { state: "unset", tree: around, context, operator, isReplaced: true };
}

/** The operator that is written at the place itself. */
function operatorOf({ type, ignores }: Tree): string | undefined {
  if (type === "unset" || ignores === "layers") return "$unset";
  return ignores === "all" ? "$replace" : undefined;
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
export function shownValue(tree: ValueTree, context: TreeContext): Json {
  return show(tree, context, { operators: false });
}

/** As {@link shownValue}, of what one layer says: with the operators in it. */
export function shownSaying(tree: Tree, context: TreeContext): Json {
  return show(tree, context, { operators: true });
}

/** What is merged still knows of operators, which have been carried out. */
interface Showing {
  readonly operators: boolean;
}

function show(tree: Tree, context: TreeContext, showing: Showing): Json {
  const narrowed = narrow(context, tree);
  switch (tree.type) {
    case "scalar":
      return tree.secret === undefined
        ? shownScalar(tree.value, narrowed)
        : treeJson({ ...tree, type: "scalar" });
    case "object":
      return shownObject(tree, narrowed, showing);
    case "array":
      return shownItems(tree.items, narrowed, showing);
    case "unset":
      return { $unset: true };
    case "patch":
      return shownPatch(tree, narrowed);
  }
}

function shownObject({ entries }: ObjectTree, context: TreeContext, showing: Showing): Json {
  const unset = [...entries].flatMap(([name, { type, ignores }]) =>
    showing.operators && type !== "unset" && ignores === "layers" ? [name] : [],
  );
  const members = [...entries].map(([name, value]) => {
    const shown = show(value, stepIntoMember(context, name), showing);
    const isOperator = showing.operators && value.ignores === "all";
    return [name, isOperator ? { $replace: shown } : shown] as const;
  });
  const operators = unset.length === 0 ? [] : ([["$unset", unset]] as const);
  return Object.fromEntries<Json>([...operators, ...members]);
}

function shownItems(items: readonly Tree[], context: TreeContext, showing: Showing): Json {
  const item = stepInto(context, { type: "index", index: 0 }); // the same for all of them
  return items.map((value) => show(value, item, showing));
}

function shownScalar(value: string | number | boolean | null, { nodes }: TreeContext): Json {
  if (nodes.length === 0) return REDACTED;
  if (typeof value !== "string") return value;
  const isPath = nodes.some(({ kind }) => kind === "material") && !isContent(value);
  if (isPath || !nodes.some(({ isSecret }) => isSecret)) return value;
  return shownSecretText(value) ?? REDACTED;
}

function shownPatch({ steps }: PatchTree, context: TreeContext): Json {
  const showing = { operators: true };
  const item = stepInto(context, { type: "index", index: 0 });
  const merged = steps.map(({ unset, merge, mergeAt = new Map(), prepend, append }): Json => {
    const places = [...mergeAt].map(([at, patch]) => [`[${at}]`, patch] as const);
    const merges = [...merge, ...places].map(
      ([name, patch]) => [name, show(patch, item, showing)] as const,
    );
    const shown: JsonObject = {
      ...(unset.length === 0 ? {} : { $unset: unset.map((one) => one.item) }),
      ...(merges.length === 0 ? {} : { $merge: Object.fromEntries(merges) }),
      ...(prepend.length === 0 ? {} : { $prepend: shownItems(prepend, context, showing) }),
      ...(append.length === 0 ? {} : { $append: shownItems(append, context, showing) }),
    };
    return Object.keys(shown).length === 0 ? { $append: [] } : shown; // it does not look like `{}`
  });
  const [only] = merged;
  return merged.length === 1 && only !== undefined ? only : merged;
}
