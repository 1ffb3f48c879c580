/**
 * The version that was accepted last, as it lies on disk.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
import { z } from "zod";
import type { RankedSource, SourceState } from "../load/source-state.ts";
import type { TreeContext } from "../merge/tree.ts";
import type { Version } from "../reload/version.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import {
  contentOf,
  layerIdsOf,
  type StoredContent,
  storeContent,
  storedContent,
} from "./stored-source.ts";

/** An accepted version, whole: what it was made of, and what it amounts to. */
export interface LastKnownGood {
  readonly version: number;
  readonly label?: string | undefined;
  readonly checksum: string;
  /** RFC 3339. */
  readonly acceptedAt: string;
  /** Defaults in, references as text, literals as `[redacted]`. */
  readonly document: Json;
  /** Literal secrets that are not in the file. */
  readonly omitted: readonly ConfigPath[];
  /** What each source delivered. Overrides are not among it: they come from the code at each start. */
  readonly sources: readonly { readonly id: string; readonly content: StoredContent }[];
}

/** What the file looks like. */
export const lastKnownGoodShape: z.ZodType<LastKnownGood> = z.strictObject({
  version: z.int().positive(),
  label: z.string().optional(),
  checksum: z.string(),
  acceptedAt: z.iso.datetime(),
  document: z.json(),
  omitted: z.array(z.string()),
  sources: z.array(z.strictObject({ id: z.string(), content: storedContent })),
}) as z.ZodType<LastKnownGood>; // zod's JSON is ours

/** @param options.isSealed whether literal secrets may be in it */
export async function toLastKnownGood<T>(
  { entry, origin }: Pick<Version<T>, "entry" | "origin">,
  options: { readonly schema: DefinedSchema<T>; readonly isSealed: boolean },
): Promise<LastKnownGood> {
  const context: TreeContext = { segments: [], nodes: [options.schema.node], report: () => {} };
  const stored = await Promise.all(
    origin.states.map(async ({ ranked: { id, supply }, content }) => {
      if (content === undefined || supply.type === "overrides") return [];
      const ids = new Set(layerIdsOf(id, content));
      const layers = origin.layers.filter(({ source }) => ids.has(source));
      return [{ id, ...(await storeContent(content, layers, { ...options, context })) }];
    }),
  );
  const { version, label, checksum, acceptedAt, document } = entry;
  const sources = stored.flat();
  return {
    version,
    ...(label === undefined ? {} : { label }),
    checksum,
    acceptedAt: acceptedAt.toISOString(),
    document,
    omitted: [...new Set(sources.flatMap(({ omitted }) => omitted))],
    sources: sources.map(({ id, stored: content }) => ({ id, content })),
  };
}

/**
 * The states that the sources had then; those that were absent, or are new, are without content.
 *
 * @returns instead the ids of sources that are no longer there
 */
export function statesOf(
  good: LastKnownGood,
  sources: readonly RankedSource[],
): { readonly states: readonly SourceState[] } | { readonly gone: readonly string[] } {
  const known = new Set(sources.map(({ id }) => id));
  const gone = good.sources.filter(({ id }) => !known.has(id)).map(({ id }) => id);
  if (gone.length > 0) return { gone };
  const states = sources.map((ranked): SourceState => {
    const stored = good.sources.find(({ id }) => id === ranked.id);
    const content = stored === undefined ? undefined : contentOf(stored.content);
    return { ranked, content, condition: "unreadable", staleSinceMs: undefined };
  });
  return { states };
}
