import type { Located } from "@llmcfg/config";

const FORBIDDEN: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** The values of members that no document may have. */
export function* forbiddenMembers(node: Located): Iterable<Located> {
  if (node.type === "array") for (const item of node.items) yield* forbiddenMembers(item);
  if (node.type !== "object") return;
  for (const [name, value] of node.entries) {
    if (FORBIDDEN.has(name)) yield value;
    else yield* forbiddenMembers(value);
  }
}
