import { locate } from "../merge/locate.ts";
import { itemKey, keyOf, type TreeContext, type ValueTree } from "../merge/tree.ts";
import { narrow } from "../merge/tree-context.ts";
import type { PathSegment } from "../paths/config-path.ts";

/** An item that a path goes through and that its list does not have. */
export interface MissingItem {
  readonly segments: readonly PathSegment[];
  /** The keys that the items of the list have; none where they have no key. */
  readonly keys: readonly string[];
}

/** The first item on the way to a place that is not there, though its list is. */
export function missingItem(
  segments: readonly PathSegment[],
  root: ValueTree,
  context: TreeContext,
): MissingItem | undefined {
  for (const [index, segment] of segments.entries()) {
    if (segment.type === "member") continue;
    const list = locate(root, context, segments.slice(0, index));
    if (list.tree?.type !== "array") return undefined;
    const way = segments.slice(0, index + 1);
    if (locate(root, context, way).tree !== undefined) continue;
    const key = keyOf(narrow(list.context, list.tree).nodes);
    return { segments: way, keys: list.tree.items.flatMap((item) => itemKey(item, key) ?? []) };
  }
  return undefined;
}
