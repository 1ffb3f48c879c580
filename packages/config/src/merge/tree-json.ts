import type { Json } from "@llmcfg/core";
import type { ValueTree } from "./tree.ts";

/** The tree as a document: secrets as their reference, literals as `[redacted]`. */
export function treeJson(tree: ValueTree): Json {
  switch (tree.type) {
    case "array":
      return tree.items.map(treeJson);
    case "object":
      return Object.fromEntries([...tree.entries].map(([name, value]) => [name, treeJson(value)]));
    case "scalar":
      if (tree.secret === undefined) return tree.value;
      return tree.secret.kind === "literal" ? "[redacted]" : tree.secret.reference;
  }
}
