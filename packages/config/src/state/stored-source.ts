/**
 * What one source delivered, as it lies on disk.
 *
 * @module
 */

import { z } from "zod";
import type { Layer } from "../load/candidate.ts";
import type { LayerContent } from "../load/source-state.ts";
import type { TreeContext } from "../merge/tree.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { type StoreTreeOptions, storeTree } from "./store-tree.ts";
import { fromStored, type StoredTree, storedTree } from "./stored-tree.ts";

/** The content of a source: its own layer and those that rank directly below it. */
export interface StoredContent {
  readonly hash: string;
  readonly identity: string;
  readonly revision?: string | undefined;
  /** Strongest first. */
  readonly layers: readonly { readonly source: string; readonly tree: StoredTree }[];
}

/** What the content of a source looks like on disk. */
export const storedContent: z.ZodType<StoredContent> = z.strictObject({
  hash: z.string(),
  identity: z.string(),
  revision: z.string().optional(),
  layers: z.array(z.strictObject({ source: z.string(), tree: storedTree })),
});

/** The ids of the layers that a content makes, its own first. */
export function layerIdsOf(source: string, { body }: LayerContent): readonly string[] {
  switch (body.type) {
    case "located":
      return [source, ...(body.content.below ?? []).map(({ id }) => id)];
    case "stored":
      return body.layers.map((layer) => layer.source);
    case "environment":
    case "overrides":
      return [source];
  }
}

export async function storeContent(
  content: LayerContent,
  layers: readonly Layer[],
  options: StoreTreeOptions & { readonly context: TreeContext },
): Promise<{ readonly stored: StoredContent; readonly omitted: readonly ConfigPath[] }> {
  const { hash, identity, revision } = content;
  const written = await Promise.all(
    layers.map(async ({ source, tree }) => {
      return { source, ...(await storeTree(tree, options.context, options)) };
    }),
  );
  const stored = {
    hash,
    identity,
    ...(revision === undefined ? {} : { revision }),
    layers: written.map(({ source, tree }) => ({ source, tree })),
  };
  return { stored, omitted: written.flatMap(({ omitted }) => omitted) };
}

/** The content as a source would have delivered it. */
export function contentOf({ hash, identity, revision, layers }: StoredContent): LayerContent {
  const own = layers.map(({ source, tree }) => ({ source, tree: fromStored(tree, source) }));
  return { hash, identity, revision, body: { type: "stored", layers: own } };
}
