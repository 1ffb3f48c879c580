import type { SchemaNode } from "../../schema/node.ts";

/** Objects inside objects that are followed: a schema may contain itself. */
const MAX_DEPTH = 8;

/** The variables that set the members of objects, not those of lists and maps: for hints. */
export function variableNames(prefix: string, nodes: readonly SchemaNode[]): readonly string[] {
  return nodes.flatMap((node) => namesBelow(prefix.toUpperCase(), node, 0));
}

function namesBelow(before: string, node: SchemaNode, depth: number): readonly string[] {
  if (depth > MAX_DEPTH) return [];
  if (node.type === "union") {
    return node.variants.flatMap((variant) => namesBelow(before, variant, depth + 1));
  }
  return [...node.members].flatMap(([name, member]) => {
    const variable = `${before}${name.toUpperCase().replace(/[-.]/g, "_")}`;
    return [variable, ...namesBelow(`${variable}__`, member, depth + 1)];
  });
}
