import type { Json } from "@llmcfg/core";
import type { Located, Position } from "./located.ts";

/**
 * A JSON value as a located tree, every node of it at the same place.
 *
 * For sources whose content has no text to point into. Members that are `undefined` are left out.
 */
export function locateJson(value: Json | undefined, at: Position): Located {
  if (Array.isArray(value)) {
    return { type: "array", items: value.map((item: Json) => locateJson(item, at)), at };
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value as Readonly<Record<string, Json | undefined>>); // no array
    const given = members.filter(([, member]) => member !== undefined);
    const entries = new Map(given.map(([name, member]) => [name, locateJson(member, at)] as const));
    return { type: "object", entries, at };
  }
  return { type: "scalar", value: value ?? null, at };
}

/** The value without its positions. */
export function toJson(tree: Located): Json {
  switch (tree.type) {
    case "scalar":
      return tree.value;
    case "array":
      return tree.items.map(toJson);
    case "object":
      return Object.fromEntries([...tree.entries].map(([name, value]) => [name, toJson(value)]));
  }
}
