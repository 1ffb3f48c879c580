/**
 * Finding places in a settled tree.
 *
 * @module
 */

import type { PathSegment } from "../paths/config-path.ts";
import { itemKey, itemSegment, keyOf, type TreeContext, type ValueTree } from "./tree.ts";
import { narrow, stepInto } from "./tree-context.ts";

export interface Place {
  /** Nothing where no value is there. */
  readonly tree: ValueTree | undefined;
  /** The closest value at or around the place. */
  readonly nearest: ValueTree;
  readonly context: TreeContext;
  /** For the JSON Pointer: names, and places of items as numbers where they are known. */
  readonly steps: readonly (string | number)[];
}

/**
 * What is at a place, as far as there is anything.
 *
 * @param places for those who look many items up by their keys
 */
export function locate(
  root: ValueTree,
  context: TreeContext,
  segments: readonly PathSegment[],
  places?: ItemPlaces,
): Place {
  let place: Place = { tree: root, nearest: root, context, steps: [] };
  for (const segment of segments) place = stepFrom(place, segment, places);
  return place;
}

/** Where the items of lists are by their keys: a list is gone through once, not at each lookup. */
export class ItemPlaces {
  readonly #known = new WeakMap<readonly ValueTree[], ReadonlyMap<string, number>>();

  /** Of several with one key the first; -1 where there is none. */
  find(items: readonly ValueTree[], key: string | undefined, name: string): number {
    const index = this.#indexOf(items, key).get(name);
    const isThere = index !== undefined && itemKey(items[index], key) === name; // keys may be put
    return isThere ? index : indexOfKey(items, key, name);
  }

  #indexOf(items: readonly ValueTree[], key: string | undefined): ReadonlyMap<string, number> {
    const known = this.#known.get(items);
    if (known !== undefined) return known;
    const made = new Map<string, number>();
    for (const [index, item] of items.entries()) {
      const name = itemKey(item, key);
      if (name !== undefined && !made.has(name)) made.set(name, index);
    }
    this.#known.set(items, made);
    return made;
  }
}

function indexOfKey(items: readonly ValueTree[], key: string | undefined, name: string): number {
  return items.findIndex((item) => itemKey(item, key) === name);
}

/** One step further. */
export function stepFrom(
  { tree, nearest, context, steps }: Place,
  segment: PathSegment,
  places?: ItemPlaces,
): Place {
  const narrowed = tree === undefined ? context : narrow(context, tree);
  const step = stepOf(segment, tree, narrowed, places);
  const child = childAt(tree, step);
  const next = stepInto(narrowed, segment);
  return { tree: child, nearest: child ?? nearest, context: next, steps: [...steps, step] };
}

function stepOf(
  segment: PathSegment,
  tree: ValueTree | undefined,
  { nodes }: TreeContext,
  places: ItemPlaces | undefined,
): string | number {
  if (segment.type === "member") return segment.name;
  if (segment.type === "index") return segment.index;
  const items = tree?.type === "array" ? tree.items : [];
  const key = keyOf(nodes);
  const index = places?.find(items, key, segment.key) ?? indexOfKey(items, key, segment.key);
  return index < 0 ? segment.key : index;
}

function childAt(tree: ValueTree | undefined, step: string | number): ValueTree | undefined {
  if (tree?.type === "object") return tree.entries.get(String(step));
  return tree?.type === "array" && typeof step === "number" ? tree.items[step] : undefined;
}

/** The path to names and places of items: items that have a key by their key. */
export function segmentsOf(
  root: ValueTree,
  context: TreeContext,
  steps: readonly PropertyKey[],
): readonly PathSegment[] {
  let tree: ValueTree | undefined = root;
  let at = context;
  for (const step of steps) {
    const narrowed: TreeContext = tree === undefined ? at : narrow(at, tree);
    const child: ValueTree | undefined = childAt(
      tree,
      typeof step === "number" ? step : String(step),
    );
    at = stepInto(narrowed, segmentOf(step, child, narrowed));
    tree = child;
  }
  return at.segments;
}

function segmentOf(
  step: PropertyKey,
  child: ValueTree | undefined,
  { nodes }: TreeContext,
): PathSegment {
  if (typeof step !== "number") return { type: "member", name: String(step) };
  return child === undefined
    ? { type: "index", index: step }
    : itemSegment(child, step, keyOf(nodes));
}
