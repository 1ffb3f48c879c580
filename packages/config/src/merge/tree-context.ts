import type { PathSegment } from "../paths/config-path.ts";
import { childrenOf, variantsFor } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { Tree, TreeContext } from "./tree.ts";

/** The context one step below. */
export function stepInto(context: TreeContext, segment: PathSegment): TreeContext {
  const nodes = context.nodes.flatMap((node) => childrenOf(node, segment));
  return { ...context, nodes, segments: [...context.segments, segment] };
}

export function stepIntoMember(context: TreeContext, name: string): TreeContext {
  return stepInto(context, { type: "member", name });
}

/** The context with unions narrowed to the variants that the tree can be meant for. */
export function narrow(context: TreeContext, tree: Tree): TreeContext {
  if (!context.nodes.some(({ type }) => type === "union")) return context;
  return { ...context, nodes: context.nodes.flatMap((node) => variantsOf(node, tree)) };
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
