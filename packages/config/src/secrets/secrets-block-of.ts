import { locate } from "../merge/locate.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { blockOf } from "../merge/tree-block.ts";
import { parseConfigPath } from "../paths/config-path.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { SecretsBlock } from "./secrets-backend.ts";

/** References that are resolved at the same time where no block says how many. */
const MAX_CONCURRENCY = 16;

/**
 * The `secrets` block of a document; nothing where it has none.
 *
 * @param path where the schema has such a block
 */
export function secretsBlockOf(
  tree: ValueTree,
  context: TreeContext,
  path: ConfigPath | undefined,
): SecretsBlock | undefined {
  if (path === undefined) return undefined;
  const { tree: found } = locate(tree, context, parseConfigPath(path));
  return found?.type === "object" ? blockOf(found) : undefined;
}

/** How many references of a document are resolved at the same time (SEC-9). */
export function maxConcurrencyOf(block: SecretsBlock | undefined): number {
  const given = block?.["max_concurrency"];
  return typeof given === "number" ? given : MAX_CONCURRENCY;
}
