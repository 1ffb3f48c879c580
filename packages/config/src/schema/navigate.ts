/**
 * Finding the part of a schema that speaks about a place.
 *
 * @module
 */

import type { PathSegment } from "../paths/config-path.ts";
import type { SchemaNode } from "./node.ts";

/**
 * What the schema says about the place; several where a union leaves it open, none where it is
 * unknown.
 */
export function nodesAt(root: SchemaNode, segments: readonly PathSegment[]): readonly SchemaNode[] {
  return segments.reduce<readonly SchemaNode[]>(
    (nodes, segment) => nodes.flatMap((node) => childrenOf(node, segment)),
    [root],
  );
}

/** The nodes one step below; those of every variant of a union. */
export function childrenOf(node: SchemaNode, segment: PathSegment): readonly SchemaNode[] {
  switch (node.type) {
    case "union":
      return node.variants.flatMap((variant) => childrenOf(variant, segment));
    case "object":
    case "map": {
      if (segment.type !== "member") return [];
      const child = node.members.get(segment.name) ?? node.element;
      return child === undefined ? [] : [child];
    }
    case "list": {
      const isItem = segment.type === "index" || (segment.type === "item" && isKeyed(node));
      return isItem && node.element !== undefined ? [node.element] : [];
    }
    case "leaf":
      return node.kind === "json" ? [node] : [];
  }
}

function isKeyed(node: SchemaNode): boolean {
  return node.notes.key !== undefined;
}

/** What is known of a value before it is read: enough to choose among the variants of a union. */
export interface ValueShape {
  readonly type: "object" | "array" | "scalar";
  /** The text of a member, if it is a scalar. */
  readonly member?: (name: string) => string | undefined;
}

/** The variants of a union that a value can be meant for, by its type and its discriminator. */
export function variantsFor(node: SchemaNode, value: ValueShape): readonly SchemaNode[] {
  if (node.type !== "union") return [node];
  const all = node.variants.flatMap((variant) => variantsFor(variant, value));
  const fitting = all.filter((variant) => fits(variant, value.type));
  const named = fitting.filter((variant) => isNamed(node, variant, value));
  return named.length > 0 ? named : fitting;
}

function fits(node: SchemaNode, type: ValueShape["type"]): boolean {
  if (node.type === "object" || node.type === "map") return type === "object";
  if (node.type === "list") return type === "array";
  return type === "scalar" || node.kind === "json";
}

/** Whether the members that can have only some values have one of those. */
function isNamed(union: SchemaNode, variant: SchemaNode, { member }: ValueShape): boolean {
  const members = [...variant.members].filter(
    ([name]) => union.discriminator === undefined || union.discriminator === name,
  );
  return members.every(([name, { values }]) => {
    const given = member?.(name);
    return values.length === 0 || given === undefined || values.includes(given);
  });
}
