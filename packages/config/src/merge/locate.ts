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

/** What is at a place, as far as there is anything. */
export function locate(
  root: ValueTree,
  context: TreeContext,
  segments: readonly PathSegment[],
): Place {
  let place: Place = { tree: root, nearest: root, context, steps: [] };
  for (const segment of segments) place = stepFrom(place, segment);
  return place;
}

function stepFrom({ tree, nearest, context, steps }: Place, segment: PathSegment): Place {
  const narrowed = tree === undefined ? context : narrow(context, tree);
  const step = stepOf(segment, tree, narrowed);
  const child = childAt(tree, step);
  const next = stepInto(narrowed, segment);
  return { tree: child, nearest: child ?? nearest, context: next, steps: [...steps, step] };
}

function stepOf(
  segment: PathSegment,
  tree: ValueTree | undefined,
  { nodes }: TreeContext,
): string | number {
  if (segment.type === "member") return segment.name;
  if (segment.type === "index") return segment.index;
  const items = tree?.type === "array" ? tree.items : [];
  const key = keyOf(nodes);
  const index = items.findIndex((item) => itemKey(item, key) === segment.key);
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
