import { SecretResolutionError } from "../errors.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { formatConfigPath, type PathSegment } from "../paths/config-path.ts";
import { pathsTouch } from "../paths/paths-touch.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { RevealOptions } from "../values/secret-ref.ts";
import { handlesIn } from "./resolve-handles.ts";

/**
 * Plaintext of all secrets at or under a place.
 *
 * @throws {SecretResolutionError} with every one that cannot be revealed
 */
export async function revealHandles(
  tree: ValueTree,
  root: SchemaNode,
  under: readonly PathSegment[],
  options: RevealOptions,
): Promise<ReadonlyMap<ConfigPath, string>> {
  const context: TreeContext = { segments: [], nodes: [root], report: () => {} };
  const uses = handlesIn(tree, context).filter(
    ({ segments }) => segments.length >= under.length && pathsTouch(under, segments),
  );
  const failures: { readonly path: ConfigPath; readonly reference: string }[] = [];
  let cause: unknown;
  const revealed = await Promise.all(
    uses.map(async ({ segments, handle }) => {
      const path = formatConfigPath(segments);
      try {
        return [[path, await handle.reveal(options)] as const];
      } catch (error) {
        failures.push({ path, reference: handle.reference });
        cause ??= error;
        return [];
      }
    }),
  );
  if (failures.length > 0) throw new SecretResolutionError(failures, { cause });
  return new Map(revealed.flat());
}
