import type { SchemaNode } from "./node.ts";

/** The names that members can have, of every variant of a union. */
export function memberNames(node: SchemaNode): readonly string[] {
  return node.memberNames;
}

/** The names that members have anywhere in it, other names for them too. O(nodes of the schema). */
export function namesIn(root: SchemaNode): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<unknown>();
  const visit = (node: SchemaNode): void => {
    if (seen.has(node.core)) return; // a schema may contain itself
    seen.add(node.core);
    for (const name of [...node.memberNames, ...node.aliases.keys()]) names.add(name);
    for (const inner of [...node.members.values(), ...node.variants]) visit(inner);
    if (node.element !== undefined) visit(node.element);
  };
  visit(root);
  return names;
}
