/**
 * Layers on their way to one document: located values, and the operators that wait for what lies
 * below them.
 *
 * @module
 */

import type { PathSegment } from "../paths/config-path.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { Located, Position, Span } from "../sources/located.ts";
import type { Report } from "../validate/fault.ts";
import type { SecretRef } from "../values/secret-ref.ts";

export type Tree = ObjectTree | ArrayTree | ScalarTree | UnsetTree | PatchTree;

/** What is left once all layers are merged: values alone. */
export type ValueTree = ObjectTree<ValueTree> | ArrayTree<ValueTree> | ScalarTree;

interface TreeNode {
  readonly at: Position;
  readonly span?: Span | undefined;
  /** Id of the source it comes from; `default` for the schema's own. */
  readonly source: string;
  /**
   * What it does not merge with: the weaker layers, so that the schema's default lies directly
   * below it (after `$unset`), or these and the default too (`$replace`).
   */
  readonly ignores?: "layers" | "all" | undefined;
  /** The text that stood here before references in it were expanded. */
  readonly unexpanded?: string | undefined;
}

export interface ObjectTree<T = Tree> extends TreeNode {
  readonly type: "object";
  readonly entries: ReadonlyMap<string, T>;
  readonly names?: ReadonlyMap<string, NamePlace> | undefined;
}

/** Where the name of a member stands. */
export interface NamePlace {
  readonly at: Position;
  readonly span?: Span | undefined;
}

export interface ArrayTree<T = Tree> extends TreeNode {
  readonly type: "array";
  readonly items: readonly T[];
}

export interface ScalarTree extends TreeNode {
  readonly type: "scalar";
  readonly value: string | number | boolean | null;
  readonly lexeme?: string | undefined;
  /** The handle that takes the place of the text. */
  readonly secret?: SecretRef | undefined;
}

/** `{$unset: true}`: what weaker layers gave is gone, and the schema's default shows. */
export interface UnsetTree extends TreeNode {
  readonly type: "unset";
}

/** Changes of the list below, in this order. */
export interface PatchTree extends TreeNode {
  readonly type: "patch";
  readonly steps: readonly ListStep[];
}

/** One operator object: what is removed, patched, put before and put behind, in this order. */
export interface ListStep {
  readonly source: string;
  readonly at: Position;
  readonly unset: readonly UnsetItem[];
  readonly merge: ReadonlyMap<string, Tree>;
  /** As `merge`, for items by their place; the environment alone gives it. */
  readonly mergeAt?: ReadonlyMap<number, Tree> | undefined;
  readonly prepend: readonly Tree[];
  readonly append: readonly Tree[];
}

export interface UnsetItem {
  /** Key of an item, or its place before the step. */
  readonly item: string | number;
  readonly at: Position;
}

/** Where in the document a tree belongs, and who hears of faults there. */
export interface TreeContext {
  readonly segments: readonly PathSegment[];
  /** What the schema says there: several nodes where a union leaves it open, none if unknown. */
  readonly nodes: readonly SchemaNode[];
  readonly report: Report;
}

export const DEFAULT_SOURCE = "default";

/** The member that names an item of a keyed list; nothing for other lists. */
export function keyOf(nodes: readonly SchemaNode[]): string | undefined {
  return nodes.find((node) => node.notes.key !== undefined)?.notes.key;
}

/** The text that names this item. */
export function itemKey(
  item: Tree | Located | undefined,
  key: string | undefined,
): string | undefined {
  if (item?.type !== "object" || key === undefined) return undefined;
  const value = item.entries.get(key);
  return value?.type === "scalar" && typeof value.value === "string" ? value.value : undefined;
}

/** One step of a path: by key where the list has keys and the item has one. */
export function itemSegment(
  item: Tree | Located,
  index: number,
  key: string | undefined,
): PathSegment {
  const name = itemKey(item, key);
  return name === undefined ? { type: "index", index } : { type: "item", key: name };
}
