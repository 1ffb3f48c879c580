import type { SchemaNode } from "./node.ts";

/** The names that members can have, of every variant of a union. */
export function memberNames(node: SchemaNode): readonly string[] {
  return node.memberNames;
}
