import type { Json, JsonObject } from "@llmcfg/core";
import { isJsonObject } from "@llmcfg/core";
import { isStep, runSteps } from "../load/slices.ts";
import { defaultsOf } from "../schema/defaults.ts";
import { memberNodes } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";
import { locateJson } from "../sources/locate-json.ts";
import { ownMember } from "../values/own-member.ts";
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
  return runSteps(settleInSteps(tree, context, inherited));
}

/** As {@link settle}, in steps. */
export function* settleInSteps(
  tree: Tree | undefined,
  context: TreeContext,
  inherited?: Json,
): Generator<void, ValueTree | undefined> {
  if (tree?.type === "scalar") return tree;
  if (tree === undefined || tree.type === "unset") return settleAbsent(context, inherited);
  if (tree.type === "array") return yield* settleItems(tree, context);
  const below = inherited ?? defaultHere(context);
  if (tree.type === "object") return yield* settleObject(tree, context, below);
  const base = tree.ignores === "all" ? undefined : settleDefault(below, context);
  const items = base?.type === "array" ? base.items : [];
  const { at, span, source } = tree;
  const list = applySteps(items, tree.steps, { ...context, merge: mergeTrees });
  return yield* settleItems({ type: "array", items: list, at, span, source }, context);
}

/** What the schema says where no layer says anything. */
function settleAbsent(context: TreeContext, inherited?: Json): ValueTree | undefined {
  return settleDefault(inherited ?? defaultHere(context), context);
}

/** Of most members it is known already: then not even their place is made. */
function settleAbsentMember(
  holder: TreeContext,
  name: string,
  inherited: Json | undefined,
): ValueTree | undefined {
  const nodes = memberNodes(holder.nodes, name);
  const value = inherited ?? defaultHere({ nodes });
  const known = value === undefined ? undefined : settledBefore(value, nodes);
  return known ?? settleDefault(value, stepIntoMember(holder, name));
}

function defaultHere({ nodes }: Pick<TreeContext, "nodes">): Json | undefined {
  const node = nodes.find((candidate) => candidate.default !== undefined);
  return node === undefined ? undefined : defaultsOf(node);
}

/**
 * The default of a node settles to the same tree wherever it lies: each item of a list that leaves it
 * out shares the one tree.
 */
function settleDefault(value: Json | undefined, context: TreeContext): ValueTree | undefined {
  if (value === undefined) return undefined;
  const known = settledBefore(value, context.nodes);
  if (known !== undefined) return known;
  const [node, ...others] = context.nodes;
  if (node === undefined || others.length > 0) return settleAnew(value, context);
  let isQuiet = true;
  const report: TreeContext["report"] = (fault) => {
    isQuiet = false;
    context.report(fault);
  };
  const tree = settleAnew(value, { ...context, report });
  if (isQuiet && tree !== undefined && value === defaultsOf(node))
    SETTLED.set(node, { value, tree });
  return tree;
}

function settledBefore(value: Json, nodes: readonly SchemaNode[]): ValueTree | undefined {
  const [node] = nodes;
  if (node === undefined || nodes.length > 1) return undefined;
  const known = SETTLED.get(node);
  return known?.value === value ? known.tree : undefined;
}

/** Weak, and keyed by schema. */
const SETTLED = new WeakMap<SchemaNode, { readonly value: Json; readonly tree: ValueTree }>();

function settleAnew(value: Json, context: TreeContext): ValueTree | undefined {
  const located = locateJson(value, { kind: "default" });
  return settle(prepareLayer(located, DEFAULT_SOURCE, context), context, value);
}

/** Members that are given, then those that the schema adds. One that is complete is kept as it is. */
function* settleObject(
  tree: ObjectTree,
  context: TreeContext,
  below: Json | undefined,
): Generator<void, ObjectTree<ValueTree>> {
  const narrowed = narrow(context, tree);
  const defaults = tree.ignores === "all" ? undefined : defaultsFor(tree, context, below);
  let parts = 0;
  let entries: Map<string, Tree> | undefined; // made when the first member becomes another
  for (const [name, given] of tree.entries) {
    if (given.type === "scalar") continue;
    if (isStep(++parts)) yield;
    const inherited = defaults && ownMember(defaults, name);
    const value = yield* settleInSteps(given, stepIntoMember(narrowed, name), inherited);
    if (value === given) continue;
    entries ??= new Map(tree.entries);
    if (value === undefined) entries.delete(name);
    else entries.set(name, value);
  }
  for (const name of absentNames(tree, narrowed.nodes, defaults)) {
    const inherited = defaults && ownMember(defaults, name);
    const value = settleAbsentMember(narrowed, name, inherited);
    if (value !== undefined) (entries ??= new Map(tree.entries)).set(name, value);
  }
  const settled = entries === undefined ? tree : { ...tree, entries };
  return settled as ObjectTree<ValueTree>; // its members are settled, each itself
}

function absentNames(
  { entries }: ObjectTree,
  nodes: readonly SchemaNode[],
  defaults: JsonObject | undefined,
): ReadonlySet<string> {
  const absent = new Set<string>();
  const add = (name: string) => entries.has(name) || absent.add(name);
  for (const node of nodes) node.memberNames.forEach(add);
  if (defaults !== undefined) Object.keys(defaults).forEach(add);
  return absent;
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

function* settleItems(tree: ArrayTree, context: TreeContext): Generator<void, ValueTree> {
  const narrowed = narrow(context, tree);
  const key = keyOf(narrowed.nodes);
  const items: ValueTree[] = [];
  let isComplete = true;
  let parts = 0;
  for (const [index, item] of tree.items.entries()) {
    if (item.type !== "scalar" && isStep(++parts)) yield;
    const child = stepInto(narrowed, itemSegment(item, index, key));
    const settled = yield* settleInSteps(item, child);
    isComplete &&= settled === item;
    if (settled !== undefined) items.push(settled);
  }
  if (key !== undefined) reportDuplicates(items, key, narrowed);
  if (isComplete) return tree as ArrayTree<ValueTree>; // its items are settled, each itself
  return { ...tree, items };
}
