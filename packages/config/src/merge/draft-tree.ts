import type { Json } from "@llmcfg/core";
import { formatConfigPath, type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import type { Draft } from "../schema/config-schema.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { locateJson } from "../sources/locate-json.ts";
import { locate } from "./locate.ts";
import { prepareLayer } from "./prepare-layer.ts";
import { settle } from "./settle.ts";
import { DEFAULT_SOURCE, itemSegment, keyOf, type TreeContext, type ValueTree } from "./tree.ts";
import { narrow } from "./tree-context.ts";
import { treeJson } from "./tree-json.ts";

/** A settled tree into which derived defaults are put. */
export class DraftTree implements Draft {
  readonly #context: TreeContext;
  #tree: ValueTree;

  constructor(tree: ValueTree, context: TreeContext) {
    this.#tree = tree;
    this.#context = context;
  }

  /** With what has been derived so far. */
  get tree(): ValueTree {
    return this.#tree;
  }

  get(path: ConfigPath): Json | undefined {
    const { tree } = locate(this.#tree, this.#context, parseConfigPath(path));
    return tree === undefined ? undefined : treeJson(tree);
  }

  setDefault(path: ConfigPath, value: Json, derivedFrom: ConfigPath): void {
    const segments = parseConfigPath(path);
    const { tree, context, steps } = locate(this.#tree, this.#context, segments);
    if (tree !== undefined && !isSchemaDefault(tree)) return;
    const located = locateJson(value, { kind: "default", derivedFrom });
    const derived = settle(prepareLayer(located, DEFAULT_SOURCE, context), context);
    if (derived !== undefined) this.#tree = put(this.#tree, steps, derived);
  }

  *items(path: ConfigPath): Iterable<ConfigPath> {
    const segments = parseConfigPath(path);
    const { tree, context } = locate(this.#tree, this.#context, segments);
    if (tree === undefined || tree.type === "scalar") return;
    for (const segment of childSegments(tree, context))
      yield formatConfigPath([...segments, segment]);
  }
}

function isSchemaDefault({ at }: ValueTree): boolean {
  return at.kind === "default" && at.derivedFrom === undefined;
}

function childSegments(tree: ValueTree, context: TreeContext): readonly PathSegment[] {
  if (tree.type === "object") {
    return [...tree.entries.keys()].map((name) => ({ type: "member", name }));
  }
  if (tree.type !== "array") return [];
  const key = keyOf(narrow(context, tree).nodes);
  return tree.items.map((item, index) => itemSegment(item, index, key));
}

/** The tree with another value at a place; a place inside nothing changes nothing. */
function put(
  tree: ValueTree,
  [step, ...rest]: readonly (string | number)[],
  value: ValueTree,
): ValueTree {
  if (step === undefined) return value;
  if (tree.type === "object") {
    const child = tree.entries.get(String(step));
    if (child === undefined && rest.length > 0) return tree;
    const next = child === undefined ? value : put(child, rest, value);
    return { ...tree, entries: new Map(tree.entries).set(String(step), next) };
  }
  if (tree.type !== "array" || typeof step !== "number") return tree;
  const item = tree.items[step];
  return item === undefined
    ? tree
    : { ...tree, items: tree.items.with(step, put(item, rest, value)) };
}
