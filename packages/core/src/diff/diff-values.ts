import { compareBytewise } from "../compare-bytewise.ts";
import { equalJson } from "../equal-json.ts";
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type JsonPointer,
  memberPointer,
} from "../json.ts";

/** One place where two values differ. */
export interface ValueChange {
  readonly op: "add" | "change" | "remove";
  readonly pointer: JsonPointer;
  /** `undefined` where it is added. */
  readonly from: Json | undefined;
  /** `undefined` where it is removed. */
  readonly to: Json | undefined;
}

/**
 * What turns `from` into `to`: one change for each place where they differ, sorted bytewise by
 * pointer; empty for equal values.
 *
 * Two objects are compared member by member, down to where one of them is no object or lacks the
 * member; an array is compared as a whole. No change lies inside another, so they may be applied
 * in any order. O(nodes of both).
 *
 * @param from `undefined` where there was nothing; `to` likewise
 */
export function diffValues(from: Json | undefined, to: Json | undefined): readonly ValueChange[] {
  return changesAt("", from, to).toSorted((a, b) => compareBytewise(a.pointer, b.pointer));
}

function changesAt(
  pointer: JsonPointer,
  from: Json | undefined,
  to: Json | undefined,
): readonly ValueChange[] {
  if (from === undefined && to === undefined) return [];
  if (from === undefined) return [{ op: "add", pointer, from, to }];
  if (to === undefined) return [{ op: "remove", pointer, from, to }];
  if (isJsonObject(from) && isJsonObject(to)) return memberChanges(pointer, from, to);
  return equalJson(from, to) ? [] : [{ op: "change", pointer, from, to }];
}

function memberChanges(
  pointer: JsonPointer,
  from: JsonObject,
  to: JsonObject,
): readonly ValueChange[] {
  const names = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...names].flatMap((name) =>
    changesAt(memberPointer(pointer, name), ownMember(from, name), ownMember(to, name)),
  );
}

function ownMember(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
