import type { Json } from "@llmcfg/core";
import { formatConfigPath, type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import type { Draft } from "../schema/config-schema.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { locateJson } from "../sources/locate-json.ts";
import { ItemPlaces, locate, type Place, stepFrom } from "./locate.ts";
import { prepareLayer } from "./prepare-layer.ts";
import { settle } from "./settle.ts";
import { DEFAULT_SOURCE, itemKey, keyOf, type TreeContext, type ValueTree } from "./tree.ts";
import { narrow } from "./tree-context.ts";
import { treeJson } from "./tree-json.ts";

/** A settled tree into which derived defaults are put. */
export class DraftTree implements Draft {
  readonly #context: TreeContext;
  readonly #parts = new OwnedParts();
  readonly #places = new ItemPlaces();
  #tree: ValueTree;
  /** Whose member was looked at last: others of its members are looked at next. */
  #holder: { readonly path: ConfigPath; readonly place: Place } | undefined;

  constructor(tree: ValueTree, context: TreeContext) {
    this.#tree = tree;
    this.#context = context;
  }

  /** With what has been derived so far: good until the next default is put. */
  get tree(): ValueTree {
    return this.#tree;
  }

  get(path: ConfigPath): Json | undefined {
    const { tree } = this.#locate(path);
    return tree === undefined ? undefined : treeJson(tree);
  }

  setDefault(path: ConfigPath, value: Json, derivedFrom: ConfigPath): void {
    const { tree, context, steps } = this.#locate(path);
    if (tree !== undefined && !isSchemaDefault(tree)) return;
    const located = locateJson(value, { kind: "default", derivedFrom });
    const derived = settle(prepareLayer(located, DEFAULT_SOURCE, context), context);
    if (derived === undefined) return;
    this.#tree = this.#parts.put(this.#tree, steps, derived);
    this.#holder = undefined;
  }

  *items(path: ConfigPath): Iterable<ConfigPath> {
    const { tree, context } = this.#locate(path);
    if (tree === undefined || tree.type === "scalar") return;
    for (const segment of childSegments(tree, context))
      yield formatConfigPath([...context.segments, segment]);
  }

  #locate(path: ConfigPath): Place {
    const [, holder, name] = MEMBER.exec(path) ?? [];
    if (holder === undefined || name === undefined) return this.#walk(path);
    if (this.#holder?.path !== holder) this.#holder = { path: holder, place: this.#walk(holder) };
    return stepFrom(this.#holder.place, { type: "member", name }, this.#places);
  }

  #walk(path: ConfigPath): Place {
    return locate(this.#tree, this.#context, parseConfigPath(path), this.#places);
  }
}

/** A path that ends in a member with a plain name. */
const MEMBER = /^(.+)\.(\w+)$/;

function isSchemaDefault({ at }: ValueTree): boolean {
  return at.kind === "default" && at.derivedFrom === undefined;
}

function childSegments(tree: ValueTree, context: TreeContext): readonly PathSegment[] {
  if (tree.type === "object") {
    return [...tree.entries.keys()].map((name) => ({ type: "member", name }));
  }
  if (tree.type !== "array") return [];
  const key = keyOf(narrow(context, tree).nodes);
  const seen = new Set<string>(); // a key leads to the first item that has it
  return tree.items.map((item, index) => {
    const name = itemKey(item, key);
    if (name === undefined || seen.has(name)) return { type: "index", index };
    seen.add(name);
    return { type: "item", key: name };
  });
}

/**
 * Puts values into a tree that others have too: what leads to a place is copied when something is put
 * there for the first time, and is its own from then on, so that many defaults cost one copy.
 */
class OwnedParts {
  readonly #own = new WeakSet<ValueTree>();

  /** The tree with another value at a place; a place inside nothing changes nothing. */
  put(tree: ValueTree, [step, ...rest]: readonly (string | number)[], value: ValueTree): ValueTree {
    if (step === undefined) return value;
    if (tree.type === "object") {
      const child = tree.entries.get(String(step));
      if (child === undefined && rest.length > 0) return tree;
      const next = child === undefined ? value : this.put(child, rest, value);
      if (next === child) return tree;
      const own = this.#owned(tree, () => ({ ...tree, entries: new Map(tree.entries) }));
      (own.entries as Map<string, ValueTree>).set(String(step), next); // nobody else has it
      return own;
    }
    const item = tree.type === "array" && typeof step === "number" ? tree.items[step] : undefined;
    if (tree.type !== "array" || typeof step !== "number" || item === undefined) return tree;
    const next = this.put(item, rest, value);
    if (next === item) return tree;
    const own = this.#owned(tree, () => ({ ...tree, items: [...tree.items] }));
    (own.items as ValueTree[])[step] = next; // nobody else has it
    return own;
  }

  #owned<T extends ValueTree>(tree: T, copied: () => T): T {
    if (this.#own.has(tree)) return tree;
    const copy = copied();
    this.#own.add(copy);
    return copy;
  }
}
