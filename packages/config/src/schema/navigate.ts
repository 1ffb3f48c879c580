/**
 * Finding the part of a schema that speaks about a place.
 *
 * @module
 */

import type { PathSegment } from "../paths/config-path.ts";
import type { SchemaNode } from "./node.ts";

/** The nodes one step below several. */
export function nodesBelow(
  nodes: readonly SchemaNode[],
  segment: PathSegment,
): readonly SchemaNode[] {
  const [node] = nodes;
  if (node !== undefined && nodes.length === 1) return childrenOf(node, segment);
  return nodes.flatMap((each) => childrenOf(each, segment));
}

/** As {@link nodesBelow}, of a member. */
export function memberNodes(nodes: readonly SchemaNode[], name: string): readonly SchemaNode[] {
  const [node] = nodes;
  if (node !== undefined && nodes.length === 1) return membersOf(node, name);
  return nodes.flatMap((each) => membersOf(each, name));
}

/**
 * What the schema says about the place; several where a union leaves it open, none where it is
 * unknown.
 */
export function nodesAt(root: SchemaNode, segments: readonly PathSegment[]): readonly SchemaNode[] {
  return segments.reduce<readonly SchemaNode[]>(nodesBelow, root.alone);
}

/** The nodes one step below; those of every variant of a union. */
export function childrenOf(node: SchemaNode, segment: PathSegment): readonly SchemaNode[] {
  if (segment.type === "member") return membersOf(node, segment.name);
  return itemsOf(node, segment.type);
}

/** Makes nothing where no union is: it is called for each value of a document. */
function membersOf(node: SchemaNode, name: string): readonly SchemaNode[] {
  switch (node.type) {
    case "union":
      return node.variants.flatMap((variant) => membersOf(variant, name));
    case "object":
    case "map":
      return (node.members.get(name) ?? node.element)?.alone ?? NONE;
    case "list":
      return NONE;
    case "leaf":
      return node.kind === "json" ? node.alone : NONE;
  }
}

function itemsOf(node: SchemaNode, by: "index" | "item"): readonly SchemaNode[] {
  switch (node.type) {
    case "union":
      return node.variants.flatMap((variant) => itemsOf(variant, by));
    case "list":
      return by === "index" || isKeyed(node) ? (node.element?.alone ?? NONE) : NONE;
    case "object":
    case "map":
      return NONE;
    case "leaf":
      return node.kind === "json" ? node.alone : NONE;
  }
}

const NONE: readonly SchemaNode[] = [];

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
  if (node.type !== "union") return node.alone;
  const choice = choiceOf(node, value);
  if (choice === undefined) return chooseVariants(node, value);
  const known = CHOSEN.get(node) ?? new Map<string, readonly SchemaNode[]>();
  CHOSEN.set(node, known);
  const chosen = known.get(choice) ?? chooseVariants(node, value);
  known.set(choice, chosen);
  return chosen;
}

/** Weak, and keyed by schema: what was chosen before, by {@link choiceOf} values. */
const CHOSEN = new WeakMap<SchemaNode, Map<string, readonly SchemaNode[]>>();

/** All that the choice depends on, where it is one of the few texts that the schema itself has. */
function choiceOf(
  { discriminator, variants }: SchemaNode,
  { type, member }: ValueShape,
): string | undefined {
  if (type !== "object") return type;
  const given = discriminator === undefined ? undefined : member?.(discriminator);
  if (given === undefined || variants.some((variant) => variant.type === "union")) return undefined;
  const isKnown = variants.some(({ members }) => {
    return discriminator !== undefined && members.get(discriminator)?.values.includes(given);
  });
  return isKnown ? `object ${given}` : undefined;
}

function chooseVariants(node: SchemaNode, value: ValueShape): readonly SchemaNode[] {
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
  return variant.tags.every(([name, values]) => {
    if (union.discriminator !== undefined && union.discriminator !== name) return true;
    const given = member?.(name);
    return given === undefined || values.includes(given);
  });
}
