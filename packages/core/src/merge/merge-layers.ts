/**
 * Merges objects of several layers, leaf by leaf, and says where each leaf came from.
 *
 * @module
 */

import { compareBytewise } from "../compare-bytewise.ts";
import { isJsonArray, isJsonObject, type Json, type JsonPointer, memberPointer } from "../json.ts";

/** What one layer gives. */
export interface NamedValue {
  /** Unlike those of the other layers. */
  readonly name: string;
  readonly value: Json;
}

/** Where one leaf of the result came from. */
export interface MergedLeaf {
  readonly pointer: JsonPointer;
  readonly layer: string;
  /** Weaker layers whose value at this place, or around it, gave way; weakest first. */
  readonly shadowed: readonly string[];
}

export interface MergeOptions {
  /**
   * Hears of each place where an object, an array or a scalar gives way to one of the other kinds,
   * with what the two layers have there. A weaker `null` gives way to anything without a word.
   */
  readonly onConflict?: (pointer: JsonPointer, weaker: NamedValue, stronger: NamedValue) => void;
}

export interface MergeResult {
  readonly value: Json;
  /** All leaves of `value`, sorted bytewise by pointer. */
  readonly leaves: readonly MergedLeaf[];
}

/**
 * The value that the layers give together: objects merge member by member, all else replaces.
 *
 * A leaf is whatever is not an object, and the empty object; arrays are leaves. At each place the
 * strongest layer decides: where it has an object, the objects directly beneath it are merged
 * under it, down to the first layer that has anything else there. So merging is associative for
 * layers without conflicts, an equal layer changes nothing, and so does an empty object.
 * Members keep the order in which the weakest layer that has them gives them. O(nodes of all
 * layers); recursion is as deep as the values are.
 *
 * @param layers weakest first; at least one
 * @throws {TypeError} where there is no layer
 */
export function mergeLayers(
  layers: readonly NamedValue[],
  options: MergeOptions = {},
): MergeResult {
  const leaves: MergedLeaf[] = [];
  const value = mergeAt("", layers, { hidden: [], leaves, ...options });
  return { value, leaves: leaves.toSorted((a, b) => compareBytewise(a.pointer, b.pointer)) };
}

interface Merge extends MergeOptions {
  /** Layers that gave way further up, weakest first. */
  readonly hidden: readonly string[];
  readonly leaves: MergedLeaf[];
}

function mergeAt(pointer: JsonPointer, given: readonly NamedValue[], merge: Merge): Json {
  const strongest = given.at(-1);
  if (strongest === undefined) throw new TypeError("there is no layer to merge");
  reportConflicts(pointer, given, merge);

  const start = isJsonObject(strongest.value) ? startOfObjects(given) : given.length - 1;
  const merged = given.slice(start);
  const hidden = [...merge.hidden, ...given.slice(0, start).map(({ name }) => name)];
  const byName = isJsonObject(strongest.value) ? groupMembers(merged) : new Map<string, never>();
  if (byName.size > 0) return mergeMembers(pointer, byName, { ...merge, hidden });

  const shadowed = [...hidden, ...merged.slice(0, -1).map(({ name }) => name)];
  merge.leaves.push({ pointer, layer: strongest.name, shadowed });
  return strongest.value;
}

function mergeMembers(
  pointer: JsonPointer,
  byName: ReadonlyMap<string, readonly NamedValue[]>,
  merge: Merge,
): Json {
  const members = [...byName].map(
    ([name, given]) => [name, mergeAt(memberPointer(pointer, name), given, merge)] as const,
  );
  return Object.fromEntries(members); // defines members, so even `__proto__` is one like any other
}

/** Index of the weakest of the objects that lie on top without anything else between them. */
function startOfObjects(given: readonly NamedValue[]): number {
  return given.findLastIndex(({ value }) => !isJsonObject(value)) + 1;
}

/** What the layers give for each member that any of them has. */
function groupMembers(layers: readonly NamedValue[]): ReadonlyMap<string, readonly NamedValue[]> {
  const byName = new Map<string, NamedValue[]>();
  for (const { name: layer, value } of layers) {
    if (!isJsonObject(value)) continue;
    for (const [name, member] of Object.entries(value)) {
      const given = byName.get(name) ?? [];
      given.push({ name: layer, value: member });
      byName.set(name, given);
    }
  }
  return byName;
}

function reportConflicts(pointer: JsonPointer, given: readonly NamedValue[], merge: Merge): void {
  if (merge.onConflict === undefined) return;
  for (const [i, stronger] of given.entries()) {
    const weaker = given[i - 1];
    if (weaker === undefined || weaker.value === null) continue;
    if (shapeOf(weaker.value) !== shapeOf(stronger.value)) {
      merge.onConflict(pointer, weaker, stronger);
    }
  }
}

function shapeOf(value: Json): "object" | "array" | "scalar" {
  if (isJsonObject(value)) return "object";
  return isJsonArray(value) ? "array" : "scalar";
}
