import type * as z from "zod";
import type { BuildMemory } from "../load/build-memory.ts";
import { isStep } from "../load/slices.ts";
import type { ScalarTree, TreeContext, ValueTree } from "../merge/tree.ts";
import { narrowNodes } from "../merge/tree-context.ts";
import { memberNodes, nodesBelow } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";
import { parseItems, parseWith } from "../schema/parse-memory.ts";
import { isSecretRef } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import { issueFaults, type UnknownKey, unknownKeysOf } from "./issue-faults.ts";

/** What becomes of keys that the schema does not know. */
export type UnknownKeys = "error" | "warn" | "ignore";

export interface StructureOptions {
  readonly root: z.ZodObject;
  readonly unknownKeys: UnknownKeys;
  /** Of candidates before. */
  readonly memory: BuildMemory;
}

/**
 * The typed configuration, if the tree fits the schema; every fault is reported otherwise. Keys that
 * the schema does not know are left out where the options forgive them.
 *
 * In steps: what the schema itself says of what is new in an item of a list is one of them.
 */
export function* checkStructure(
  tree: ValueTree,
  context: TreeContext,
  { root, unknownKeys, memory }: StructureOptions,
): Generator<void, unknown> {
  const handles: PlacedHandle[] = [];
  const into = { handles, steps: [], defaults: new Map() };
  const made = yield* toInput(tree, context.nodes, into);
  const input = yield* memory.sharedInput(made);
  yield;
  const [node] = context.nodes;
  if (node !== undefined && !memory.parses.isOnce) yield* parseItems(input, node, memory.parses);
  const parse = () => root.safeParse(input, parseWith(memory.parses));
  const first = parse();
  const unknown = first.success ? [] : unknownKeysOf(first.error.issues);
  const isForgiven = unknown.length > 0 && unknownKeys !== "error";
  if (isForgiven) for (const key of unknown) dropKey(input, key);
  const result = isForgiven ? parse() : first;

  const severity = unknownKeys === "error" ? "error" : "warning";
  const shown = unknownKeys === "ignore" ? [] : unknown;
  const issues = result.success ? [] : result.error.issues;
  for (const fault of issueFaults({ issues, unknown: shown, severity, tree, context })) {
    context.report(fault);
  }
  if (!result.success) return undefined;
  memory.keepInput(input);
  for (const handle of handles) putHandle(result.data, handle);
  return result.data;
}

/** A handle inside a free JSON value: the schema sees its reference, the configuration has it. */
interface PlacedHandle {
  readonly steps: readonly (string | number)[];
  readonly handle: SecretRef;
}

interface Conversion {
  readonly handles: PlacedHandle[];
  /** To the place that is looked at: one list for all of them. */
  readonly steps: (string | number)[];
  /** Of default values, by tree: all that leave one out have the same. */
  readonly defaults: Map<ValueTree, unknown>;
}

function* toInput(
  tree: ValueTree,
  nodes: readonly SchemaNode[],
  into: Conversion,
): Generator<void, unknown> {
  if (tree.type === "scalar") return scalarInput(tree, nodes, into);
  if (tree.at.kind !== "default") return yield* partsInput(tree, nodes, into);
  const known = into.defaults.get(tree);
  if (known !== undefined) return known;
  const placed = into.handles.length;
  const made = yield* partsInput(tree, nodes, into);
  if (into.handles.length === placed) into.defaults.set(tree, made); // handles are put by place
  return made;
}

function* partsInput(
  tree: Exclude<ValueTree, ScalarTree>,
  nodes: readonly SchemaNode[],
  into: Conversion,
): Generator<void, unknown> {
  let parts = 0;
  const narrowed = narrowNodes(nodes, tree);
  if (tree.type === "array") {
    const below = nodesBelow(narrowed, { type: "index", index: 0 }); // the same for all items
    const items: unknown[] = [];
    for (const [index, item] of tree.items.entries()) {
      if (item.type !== "scalar" && isStep(++parts)) yield;
      into.steps.push(index);
      items.push(yield* toInput(item, below, into));
      into.steps.pop();
    }
    return items;
  }
  const members: Record<string, unknown> = {}; // no name is `__proto__`: it is refused on every way in
  for (const [name, value] of tree.entries) {
    if (value.type === "scalar" && value.secret === undefined) {
      members[name] = value.value;
      continue;
    }
    if (value.type !== "scalar" && isStep(++parts)) yield;
    into.steps.push(name);
    members[name] = yield* toInput(value, memberNodes(narrowed, name), into);
    into.steps.pop();
  }
  return members;
}

function scalarInput(
  { secret, value }: ScalarTree,
  nodes: readonly SchemaNode[],
  { handles, steps }: Conversion,
): unknown {
  if (secret === undefined) return value;
  if (!nodes.some(({ kind }) => kind === "json")) return secret;
  handles.push({ steps: [...steps], handle: secret });
  return secret.reference;
}

function putHandle(config: unknown, { steps, handle }: PlacedHandle): void {
  const holder = steps.slice(0, -1).reduce(memberOf, config);
  const last = steps.at(-1);
  if (last === undefined || isSecretRef(memberOf(holder, last))) return; // of a candidate before
  Object.assign(holder as object, { [last]: handle }); // it held the reference
}

function dropKey(input: unknown, { steps, key }: UnknownKey): void {
  const holder = steps.reduce(memberOf, input);
  Reflect.deleteProperty(holder as object, key); // it held the key
}

function memberOf(holder: unknown, step: PropertyKey): unknown {
  return (holder as Record<PropertyKey, unknown>)[step]; // steps lead through objects and arrays
}
