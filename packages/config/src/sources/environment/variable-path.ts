import { isReservedName } from "@llmcfg/core";
import { itemKey, keyOf, type TreeContext, type ValueTree } from "../../merge/tree.ts";
import { narrow, stepInto, stepIntoMember } from "../../merge/tree-context.ts";
import type { PathSegment } from "../../paths/config-path.ts";
import { memberNames } from "../../schema/member-names.ts";

/** A place that the name of a variable leads to, or why it leads nowhere. */
export type VariablePath =
  | {
      readonly type: "found";
      readonly context: TreeContext;
      /** What the layers below have there. */
      readonly tree: ValueTree | undefined;
    }
  /** No key of the schema: a name that may be meant for somebody else. */
  | { readonly type: "unknown" }
  /** It is meant for us, and wrong. */
  | { readonly type: "wrong"; readonly code: string; readonly message: string };

/**
 * Follows the parts of a name (`PROVIDERS`, `OPENAI`, `WEIGHT`) through the schema and the layers
 * below: keys match whatever their case, `-` and `.` match `_`; list items by key or place.
 */
export function followVariable(
  parts: readonly string[],
  below: ValueTree | undefined,
  root: TreeContext,
): VariablePath {
  let path: VariablePath = { type: "found", context: root, tree: below };
  for (const part of parts) {
    if (path.type !== "found") return path;
    path = stepFrom(path.context, path.tree, part);
  }
  return path;
}

function stepFrom(context: TreeContext, tree: ValueTree | undefined, part: string): VariablePath {
  const isOpen = tree === undefined || (tree.type === "scalar" && tree.value === null);
  const narrowed = isOpen ? context : narrow(context, tree);
  const isList = tree?.type === "array" || narrowed.nodes.some(({ type }) => type === "list");
  if (isList) return stepIntoItem(part, tree, narrowed);
  const path = stepByName(part, tree, narrowed);
  // Another variable may be about to choose another variant.
  return path.type === "unknown" && !isOpen ? stepByName(part, tree, context) : path;
}

function stepByName(part: string, tree: ValueTree | undefined, context: TreeContext): VariablePath {
  const existing = tree?.type === "object" ? [...tree.entries.keys()] : [];
  const known = context.nodes.flatMap((node) => [...memberNames(node), ...node.aliases.keys()]);
  const matches = matching(part, [...known, ...existing]);
  const [match, other] = matches;
  if (match !== undefined && other !== undefined) return ambiguous(matches);
  const isOpen = context.nodes.some(
    ({ kind, element }) => kind === "json" || element !== undefined,
  );
  if (match === undefined && !isOpen) return { type: "unknown" };
  const name = match ?? part.toLowerCase();
  if (isReservedName(name)) {
    const message = `the key ${JSON.stringify(name)} is not allowed`;
    return { type: "wrong", code: "forbidden_key", message };
  }
  const canonical = context.nodes.find(({ aliases }) => aliases.has(name))?.aliases.get(name);
  const child = tree?.type === "object" ? tree.entries.get(canonical ?? name) : undefined;
  return { type: "found", context: stepIntoMember(context, canonical ?? name), tree: child };
}

function stepIntoItem(
  part: string,
  tree: ValueTree | undefined,
  context: TreeContext,
): VariablePath {
  const items = tree?.type === "array" ? tree.items : [];
  if (/^[0-9]+$/.test(part)) {
    const index = Number(part);
    const item = items[index];
    if (item !== undefined) return foundItem(item, { type: "index", index }, context);
    return wrongItem(`there is no item at place ${index} of a list of ${items.length}`);
  }
  const listKey = keyOf(context.nodes);
  const keys = items.map((item) => itemKey(item, listKey)).filter((name) => name !== undefined);
  const matches = matching(part, keys);
  const [key] = matches;
  if (matches.length > 1) return ambiguous(matches);
  const found = items.find((item) => key !== undefined && itemKey(item, listKey) === key);
  if (key !== undefined && found !== undefined)
    return foundItem(found, { type: "item", key }, context);
  const list = keys.length === 0 ? "it has none" : `it has ${keys.join(", ")}`;
  return wrongItem(`the list has no item ${part.toLowerCase()}: ${list}`);
}

function foundItem(tree: ValueTree, segment: PathSegment, context: TreeContext): VariablePath {
  return { type: "found", context: stepInto(context, segment), tree };
}

function wrongItem(message: string): VariablePath {
  return { type: "wrong", code: "unknown_item", message };
}

function ambiguous(matches: readonly string[]): VariablePath {
  const message = `the name can mean ${matches.join(" and ")}`;
  return { type: "wrong", code: "env_ambiguous", message };
}

function matching(part: string, names: readonly string[]): readonly string[] {
  const wanted = normalize(part);
  return [...new Set(names)].filter((name) => normalize(name) === wanted);
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/[-.]/g, "_");
}
