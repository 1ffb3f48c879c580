import type { Json, JsonObject } from "@llmcfg/core";
import { isJsonObject } from "@llmcfg/core";
import { defaultsOf } from "../schema/defaults.ts";
import { memberNames } from "../schema/member-names.ts";
import { locateJson } from "../sources/locate-json.ts";
import { applySteps } from "./apply-steps.ts";
import { reportDuplicates } from "./check-keys.ts";
import { mergeTrees } from "./merge-trees.ts";
import { prepareLayer } from "./prepare-layer.ts";
import {
  type ArrayTree,
  DEFAULT_SOURCE,
  itemSegment,
  keyOf,
  type ObjectTree,
  type Tree,
  type TreeContext,
  type ValueTree,
} from "./tree.ts";
import { narrow, stepInto, stepIntoMember } from "./tree-context.ts";

/**
 * The merged layers over the schema's defaults: values alone, no operators. What the schema
 * leaves open and no layer speaks about is absent.
 *
 * @param inherited the default that lies here because the default of an object around it says so
 */
export function settle(
  tree: Tree | undefined,
  context: TreeContext,
  inherited?: Json,
): ValueTree | undefined {
  const below = inherited ?? defaultHere(context);
  if (tree === undefined || tree.type === "unset") return settleDefault(below, context);
  if (tree.type === "scalar") return tree;
  if (tree.type === "object") return settleObject(tree, context, below);
  if (tree.type === "array") return settleItems(tree, context);
  const base = tree.ignores === "all" ? undefined : settleDefault(below, context);
  const items = base?.type === "array" ? base.items : [];
  const { at, span, source } = tree;
  const list = applySteps(items, tree.steps, { ...context, merge: mergeTrees });
  return settleItems({ type: "array", items: list, at, span, source }, context);
}

function defaultHere({ nodes }: TreeContext): Json | undefined {
  const node = nodes.find((candidate) => candidate.default !== undefined);
  return node === undefined ? undefined : defaultsOf(node);
}

function settleDefault(value: Json | undefined, context: TreeContext): ValueTree | undefined {
  if (value === undefined) return undefined;
  const located = locateJson(value, { kind: "default" });
  return settle(prepareLayer(located, DEFAULT_SOURCE, context), context, value);
}

function settleObject(
  tree: ObjectTree,
  context: TreeContext,
  below: Json | undefined,
): ObjectTree<ValueTree> {
  const narrowed = narrow(context, tree);
  const defaults = tree.ignores === "all" ? undefined : defaultsFor(tree, context, below);
  const names = [...narrowed.nodes.flatMap(memberNames), ...Object.keys(defaults ?? {})];
  const entries = new Map<string, ValueTree>();
  for (const name of new Set([...tree.entries.keys(), ...names])) {
    const inherited = defaults === undefined ? undefined : defaults[name];
    const value = settle(tree.entries.get(name), stepIntoMember(narrowed, name), inherited);
    if (value !== undefined) entries.set(name, value);
  }
  return { ...tree, entries };
}

/** The default object below, unless it is of another variant than the object that was given. */
function defaultsFor(
  tree: ObjectTree,
  { nodes }: TreeContext,
  below: Json | undefined,
): JsonObject | undefined {
  if (!isJsonObject(below)) return undefined;
  const isSame = nodes.every(({ discriminator }) => {
    if (discriminator === undefined) return true;
    const given = tree.entries.get(discriminator);
    return given?.type === "scalar" && given.value === below[discriminator];
  });
  return isSame ? below : undefined;
}

function settleItems(tree: ArrayTree, context: TreeContext): ValueTree {
  const narrowed = narrow(context, tree);
  const key = keyOf(narrowed.nodes);
  const items = tree.items.flatMap((item, index) => {
    const settled = settle(item, stepInto(narrowed, itemSegment(item, index, key)));
    return settled === undefined ? [] : [settled];
  });
  if (key !== undefined) reportDuplicates(items, key, narrowed);
  return { ...tree, items };
}
