import type { PathSegment } from "../paths/config-path.ts";
import { memberNodes, nodesBelow, variantsFor } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { Tree, TreeContext } from "./tree.ts";

/** The context one step below. */
export function stepInto(
  { nodes, segments, report }: TreeContext,
  segment: PathSegment,
): TreeContext {
  return { segments: [...segments, segment], nodes: nodesBelow(nodes, segment), report };
}

export function stepIntoMember(
  { nodes, segments, report }: TreeContext,
  name: string,
): TreeContext {
  const segment = { type: "member", name } as const;
  return { segments: [...segments, segment], nodes: memberNodes(nodes, name), report };
}

/** Whether it depends on the value which variants of a union are meant. */
export function isOpen(nodes: readonly SchemaNode[]): boolean {
  return nodes.some(({ type }) => type === "union");
}

/** The context with unions narrowed to the variants that the tree can be meant for. */
export function narrow(context: TreeContext, tree: Tree): TreeContext {
  if (!isOpen(context.nodes)) return context;
  return { ...context, nodes: narrowNodes(context.nodes, tree) };
}

/** As {@link narrow}, where nobody hears of faults. */
export function narrowNodes(nodes: readonly SchemaNode[], tree: Tree): readonly SchemaNode[] {
  return isOpen(nodes) ? nodes.flatMap((node) => variantsOf(node, tree)) : nodes;
}

function variantsOf(node: SchemaNode, tree: Tree): readonly SchemaNode[] {
  if (node.type !== "union") return [node];
  if (tree.type === "unset") return [node];
  if (tree.type === "patch") return variantsFor(node, { type: "array" });
  return variantsFor(node, {
    type: tree.type,
    member: (name) => (tree.type === "object" ? scalarText(tree.entries.get(name)) : undefined),
  });
}

function scalarText(tree: Tree | undefined): string | undefined {
  return tree?.type === "scalar" ? String(tree.value) : undefined;
}
