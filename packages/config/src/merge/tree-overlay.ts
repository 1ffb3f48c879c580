/**
 * What one tree has that another, which it was made from, has not.
 *
 * @module
 */

import { plainPosition } from "../formats/text-position.ts";
import { ownText } from "../history/text-delta.ts";
import type { ValueTree } from "./tree.ts";

/** Another value, or other members or items below. */
export type TreeOverlay =
  | { readonly type: "value"; readonly tree: ValueTree }
  | { readonly type: "below"; readonly at: ReadonlyMap<string | number, TreeOverlay> };

/**
 * The differences from `base`; nothing where there is none. What is the very same object in both is
 * not looked at. Holds nothing of the texts that the trees were read from.
 */
export function overlayOf(base: ValueTree | undefined, tree: ValueTree): TreeOverlay | undefined {
  if (base === tree) return undefined;
  if (base?.type === "object" && tree.type === "object") {
    const members = new Map<string | number, TreeOverlay>();
    for (const [name, member] of tree.entries) {
      const overlay = overlayOf(base.entries.get(name), member);
      if (overlay !== undefined) members.set(name, overlay);
    }
    return { type: "below", at: members };
  }
  if (base?.type === "array" && tree.type === "array" && base.items.length === tree.items.length) {
    const items = new Map<string | number, TreeOverlay>();
    for (const [index, item] of tree.items.entries()) {
      const overlay = overlayOf(base.items[index], item);
      if (overlay !== undefined) items.set(index, overlay);
    }
    return { type: "below", at: items };
  }
  return { type: "value", tree: detached(tree) };
}

/** @param base equal to what the overlay was made from */
export function withOverlay(base: ValueTree | undefined, overlay: TreeOverlay): ValueTree {
  if (overlay.type === "value") return overlay.tree;
  if (base?.type === "object") {
    const entries = new Map(base.entries);
    for (const [name, below] of overlay.at) {
      entries.set(String(name), withOverlay(entries.get(String(name)), below));
    }
    return { ...base, entries };
  }
  if (base?.type !== "array") throw new TypeError("the overlay is that of another tree");
  const items = base.items.map((item, index) => {
    const below = overlay.at.get(index);
    return below === undefined ? item : withOverlay(item, below);
  });
  return { ...base, items };
}

/** The tree with its positions and texts by themselves. */
function detached(tree: ValueTree): ValueTree {
  const at = plainPosition(tree.at);
  const unexpanded = tree.unexpanded === undefined ? undefined : ownText(tree.unexpanded);
  switch (tree.type) {
    case "scalar": {
      const value = typeof tree.value === "string" ? ownText(tree.value) : tree.value;
      return { ...tree, at, unexpanded, value };
    }
    case "array":
      return { ...tree, at, unexpanded, items: tree.items.map(detached) };
    case "object": {
      const entries = [...tree.entries].map(([name, member]) => [name, detached(member)] as const);
      return { ...tree, at, unexpanded, names: undefined, entries: new Map(entries) };
    }
  }
}
