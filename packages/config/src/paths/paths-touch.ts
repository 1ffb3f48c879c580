import type { PathSegment } from "./config-path.ts";

/**
 * Whether one path is the other, an ancestor or a descendant of it: `server` touches `server.port`,
 * and `server.portal` does not touch `server.port`.
 *
 * An item by its key and one by its place may be the same, so they touch.
 */
export function pathsTouch(a: readonly PathSegment[], b: readonly PathSegment[]): boolean {
  return a.every((segment, i) => {
    const other = b[i];
    return other === undefined || isSame(segment, other);
  });
}

function isSame(a: PathSegment, b: PathSegment): boolean {
  if (a.type === "member") return b.type === "member" && a.name === b.name;
  if (b.type === "member") return false;
  if (a.type === "item" && b.type === "item") return a.key === b.key;
  return a.type !== b.type || (a.type === "index" && b.type === "index" && a.index === b.index);
}
