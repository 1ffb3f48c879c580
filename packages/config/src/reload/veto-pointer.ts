import type { JsonPointer } from "@llmcfg/core";
import type { Candidate } from "../load/candidate.ts";
import { locate } from "../merge/locate.ts";
import type { TreeContext } from "../merge/tree.ts";
import { formatPointer, parseConfigPath } from "../paths/config-path.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { Veto } from "./participants.ts";

/** A veto with the JSON Pointer of its path, which has the places of items where that has keys. */
export function withPointer<T>(
  veto: Veto,
  { tree }: Pick<Candidate<T>, "tree">,
  node: SchemaNode,
): Veto {
  const pointer = veto.path === undefined ? undefined : pointerOf(veto.path, tree, node);
  return pointer === undefined ? veto : { ...veto, pointer };
}

function pointerOf(
  path: string,
  tree: Candidate<unknown>["tree"],
  node: SchemaNode,
): JsonPointer | undefined {
  const context: TreeContext = { segments: [], nodes: [node], report: () => {} };
  try {
    return formatPointer(locate(tree, context, parseConfigPath(path)).steps);
  } catch {
    return undefined; // a participant may say anything: better no place than a wrong one
  }
}
