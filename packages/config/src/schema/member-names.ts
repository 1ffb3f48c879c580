import type { SchemaNode } from "./node.ts";

/** The names that members can have, of every variant of a union. */
export function memberNames(node: SchemaNode): readonly string[] {
  if (node.type === "union") return node.variants.flatMap(memberNames);
  return [...node.members.keys()];
}
