import type { Json, JsonObject } from "@llmcfg/core";

type Tree = Map<string, Json | Tree>;

/**
 * Values by the segments of their keys: `a/b` becomes member `b` of member `a`.
 *
 * No key is a folder too: the rules keep that from being stored.
 */
export function nestKeys(values: ReadonlyMap<string, Json>): JsonObject {
  const root: Tree = new Map();
  for (const [key, value] of values) {
    const segments = key.split("/");
    const name = segments.pop() ?? "";
    let folder = root;
    for (const segment of segments) folder = folderIn(folder, segment);
    folder.set(name, value);
  }
  return toObject(root);
}

function folderIn(parent: Tree, name: string): Tree {
  const found = parent.get(name);
  if (found instanceof Map) return found;
  if (found !== undefined) throw new TypeError("a key is a folder too");
  const folder: Tree = new Map();
  parent.set(name, folder);
  return folder;
}

/** Defines members, so whatever a segment is called it is one like any other. */
function toObject(tree: Tree): JsonObject {
  return Object.fromEntries(
    [...tree].map(([name, value]) => [name, value instanceof Map ? toObject(value) : value]),
  );
}
