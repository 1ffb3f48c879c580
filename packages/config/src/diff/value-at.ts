import type { PathSegment } from "../paths/config-path.ts";
import { childrenOf } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";
import { isList, isMembers, keyOfItem } from "./compare-values.ts";

/** The value at a place of a typed configuration; `undefined` where nothing is there. */
export function valueAt(
  root: unknown,
  segments: readonly PathSegment[],
  schema: SchemaNode,
): unknown {
  let value = root;
  let nodes: readonly SchemaNode[] = [schema];
  for (const segment of segments) {
    value = stepAt(value, segment, nodes);
    nodes = nodes.flatMap((node) => childrenOf(node, segment));
  }
  return value;
}

function stepAt(value: unknown, segment: PathSegment, nodes: readonly SchemaNode[]): unknown {
  if (segment.type === "member") {
    const isOwn = isMembers(value) && Object.hasOwn(value, segment.name);
    return isOwn ? value[segment.name] : undefined;
  }
  if (!isList(value)) return undefined;
  if (segment.type === "index") return value[segment.index];
  return value.find((item) => isKeyed(item, segment.key, nodes));
}

/** Whether the item of a list has this key. */
export function isKeyed(item: unknown, key: string, nodes: readonly SchemaNode[]): boolean {
  const name = nodes.find(({ notes }) => notes.key !== undefined)?.notes.key;
  return name !== undefined && keyOfItem(item, name) === key;
}
