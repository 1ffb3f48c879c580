import type { Located } from "@llmcfg/config";
import { isJsonArray, isJsonObject, type Json } from "@llmcfg/core";

/** The value as nodes, so that each of its leaves can be accounted for. */
export function locateValue(value: Json): Located {
  const at = { kind: "default" } as const;
  if (isJsonArray(value)) return { type: "array", items: value.map(locateValue), at };
  if (!isJsonObject(value)) return { type: "scalar", value, at };
  const entries = Object.entries(value).map(
    ([name, member]) => [name, locateValue(member)] as const,
  );
  return { type: "object", entries: new Map(entries), at };
}

/** The value of nodes. */
export function valueOf(node: Located): Json {
  if (node.type === "scalar") return node.value;
  if (node.type === "array") return node.items.map(valueOf);
  return Object.fromEntries([...node.entries].map(([name, value]) => [name, valueOf(value)]));
}
