/**
 * Holds as they lie on disk.
 *
 * @module
 */

import { z } from "zod";
import type { Hold } from "../history/holds.ts";
import type { Layer } from "../load/candidate.ts";
import type { RankedSource } from "../load/source-state.ts";
import type { TreeContext } from "../merge/tree.ts";
import {
  contentOf,
  layerIdsOf,
  type StoredContent,
  storeContent,
  storedContent,
} from "./stored-source.ts";

export interface StoredHold {
  readonly source: string;
  readonly rolledAway: readonly string[];
  /** Nothing where the source was absent. */
  readonly content: StoredContent | null;
  readonly since: number;
  readonly from: number;
  readonly actor?: string | undefined;
}

/** What the file looks like. */
export const holdFileShape: z.ZodType<readonly StoredHold[]> = z.array(
  z.strictObject({
    source: z.string(),
    rolledAway: z.array(z.string()).min(1),
    content: storedContent.nullable(),
    since: z.int().positive(),
    from: z.int().positive(),
    actor: z.string().optional(),
  }),
);

export interface StoreHoldsInput {
  readonly holds: readonly Hold[];
  /** Of the configuration in force, which is made of what the holds put in place. */
  readonly layers: readonly Layer[];
  readonly sources: readonly RankedSource[];
  readonly context: TreeContext;
  readonly isSealed: boolean;
}

/**
 * The holds that can outlast the process. Not among them: those of the environment, whose hashes mean
 * something in one process alone, and those whose content has literal secrets that nothing would seal.
 */
export async function toStoredHolds(input: StoreHoldsInput): Promise<readonly StoredHold[]> {
  const stored = await Promise.all(
    input.holds.map(async (hold) => {
      const ranked = input.sources.find(({ id }) => id === hold.source);
      if (ranked === undefined || ranked.supply.type === "environment") return [];
      const content = await contentToStore(hold, input);
      return content === undefined ? [] : [toStoredHold(hold, content)];
    }),
  );
  return stored.flat();
}

/** `undefined` where it must not lie on disk. */
async function contentToStore(
  { source, content }: Hold,
  input: StoreHoldsInput,
): Promise<StoredContent | null | undefined> {
  if (content === undefined) return null;
  const ids = new Set(layerIdsOf(source, content));
  const layers = input.layers.filter((layer) => ids.has(layer.source));
  const { stored, omitted } = await storeContent(content, layers, input);
  return omitted.length === 0 ? stored : undefined;
}

function toStoredHold(hold: Hold, content: StoredContent | null): StoredHold {
  const { source, rolledAway, since, from, actor } = hold;
  const by = actor === undefined ? {} : { actor };
  return { source, rolledAway: [...rolledAway], content, since, from, ...by };
}

/** The holds of an earlier process. */
export function fromStoredHolds(stored: readonly StoredHold[]): readonly Hold[] {
  return stored.map(({ source, rolledAway, content, since, from, actor }) => ({
    source,
    rolledAway: new Set(rolledAway),
    content: content === null ? undefined : contentOf(content),
    since,
    from,
    actor,
    isRestored: true,
  }));
}
