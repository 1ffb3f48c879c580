import type { BlockValue, SecretsBlock } from "../secrets/secrets-backend.ts";
import type { ObjectTree, ValueTree } from "./tree.ts";

/** The tree of a `secrets` block as its backend takes it: what is secret as handles. */
export function blockOf(tree: ObjectTree<ValueTree>): SecretsBlock {
  const members = [...tree.entries].map(([name, value]) => [name, valueOf(value)] as const);
  return Object.fromEntries(members);
}

function valueOf(tree: ValueTree): BlockValue {
  switch (tree.type) {
    case "array":
      return tree.items.map(valueOf);
    case "object":
      return blockOf(tree);
    case "scalar":
      return tree.secret ?? tree.value;
  }
}
