import { nearestNames } from "@llmcfg/core";
import { type FaultPlace, schemaFault } from "../validate/fault.ts";
import {
  itemKey,
  keyOf,
  type ListStep,
  type Tree,
  type TreeContext,
  type UnsetItem,
} from "./tree.ts";
import { stepInto } from "./tree-context.ts";

/** Puts one value over another, as layers are merged. */
export type Merge = (lower: Tree | undefined, higher: Tree, context: TreeContext) => Tree;

interface Patching extends TreeContext {
  readonly merge: Merge;
}

/** The list after the operators of one or more layers, the lower layer's first. */
export function applySteps(
  items: readonly Tree[],
  steps: readonly ListStep[],
  context: Patching,
): readonly Tree[] {
  return steps.reduce((list, step) => applyStep(list, step, context), items);
}

function applyStep(items: readonly Tree[], step: ListStep, context: Patching): readonly Tree[] {
  const kept = removeItems(items, step, context);
  const merged = mergeItems(mergePlaces(kept, step, context), step, context);
  return [...step.prepend, ...merged, ...step.append];
}

function removeItems(
  items: readonly Tree[],
  step: ListStep,
  context: TreeContext,
): readonly Tree[] {
  const key = keyOf(context.nodes);
  const removed = new Set<number>();
  for (const unset of step.unset) {
    const index = placeOf(items, unset, key);
    if (items[index] === undefined) reportAbsent(unset, { items, step, context, key });
    else removed.add(index);
  }
  return items.filter((_, index) => !removed.has(index));
}

function placeOf(items: readonly Tree[], { item }: UnsetItem, key: string | undefined): number {
  return typeof item === "number" ? item : items.findIndex((tree) => itemKey(tree, key) === item);
}

interface Absence {
  readonly items: readonly Tree[];
  readonly step: ListStep;
  readonly context: TreeContext;
  readonly key: string | undefined;
}

/** A place that is not there is a fault; a key that is not there may be gone already. */
function reportAbsent({ item, at }: UnsetItem, { items, step, context, key }: Absence): void {
  const { segments, report } = context;
  const place: FaultPlace = { at, source: step.source };
  if (typeof item === "number" || key === undefined) {
    const message =
      typeof item === "number"
        ? `there is no item at place ${item} of a list of ${items.length}`
        : "the items of this list have no key";
    report(
      schemaFault({ code: "unknown_item", segments, message, place, hint: "give a place from 0" }),
    );
    return;
  }
  const keys = items.map((tree) => itemKey(tree, key)).filter((name) => name !== undefined);
  const [nearest] = nearestNames(item, keys);
  const hint = nearest === undefined ? undefined : `did you mean ${JSON.stringify(nearest)}?`;
  const message = `there is no item ${JSON.stringify(item)} to remove`;
  report(
    schemaFault({ severity: "warning", code: "nothing_to_unset", segments, message, hint, place }),
  );
}

/** Patches items by key; an unknown key makes a new item at the end. */
function mergeItems(items: readonly Tree[], step: ListStep, context: Patching): readonly Tree[] {
  if (step.merge.size === 0) return items;
  const key = keyOf(context.nodes);
  const list: (Tree | undefined)[] = [...items]; // nothing where an item is removed
  const places = placesByKey(items, key);
  for (const [name, patch] of step.merge) {
    const place = places.get(name);
    if (patch.type === "unset") {
      if (place === undefined) {
        reportAbsent({ item: name, at: patch.at }, { items, step, context, key });
      } else list[place] = undefined;
    } else {
      const item = stepInto(context, { type: "item", key: name });
      const merged = context.merge(place === undefined ? undefined : list[place], patch, item);
      list[place ?? list.length] = merged;
    }
  }
  return list.filter((item) => item !== undefined);
}

/** Of items with one key the first. */
function placesByKey(items: readonly Tree[], key: string | undefined): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [place, item] of items.entries()) {
    const name = itemKey(item, key);
    if (name !== undefined && !places.has(name)) places.set(name, place);
  }
  return places;
}

function mergePlaces(items: readonly Tree[], step: ListStep, context: Patching): readonly Tree[] {
  let list = items;
  for (const [index, patch] of step.mergeAt ?? []) {
    list = list.with(
      index,
      context.merge(list[index], patch, stepInto(context, { type: "index", index })),
    ); // the environment has checked that it is there
  }
  return list;
}
