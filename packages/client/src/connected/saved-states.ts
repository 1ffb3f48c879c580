import { isJsonObject, type Json } from "@llmcfg/core";
import { type BundleState, isDescribedBundle } from "../bundle/bundle-state.ts";
import { bundleHash } from "../bundle/bundle-hash.ts";
import type { LastGoodStore } from "../store/last-good-store.ts";

/** A state that was in force in an earlier life of the process. */
export interface SavedBundle {
  readonly state: BundleState;
  readonly savedAtMs: number;
}

/** What a state is saved as. */
export function toSaved({ bundle, reflects }: BundleState): Json {
  // A bundle is what was parsed from JSON.
  return { bundle: bundle as unknown as Json, reflects };
}

/** The state that was saved; `undefined` for anything else, also one that its hash does not fit. */
export async function fromSaved(value: Json | undefined): Promise<BundleState | undefined> {
  if (!isJsonObject(value)) return undefined;
  const { bundle, reflects } = value;
  if (bundle === undefined || !isDescribedBundle(bundle)) return undefined;
  if (typeof reflects !== "number") return undefined;
  const hashes = new Map(Object.entries(bundle.meta).map(([key, { hash }]) => [key, hash]));
  return (await bundleHash(bundle, hashes)) === bundle.hash
    ? { bundle, reflects, hashes }
    : undefined;
}

/** The saved state of a scope; `undefined` where there is none, or no store. */
export async function loadSaved(
  store: LastGoodStore | undefined,
  scope: string,
): Promise<SavedBundle | undefined> {
  const saved = await store?.load(scope);
  const state = await fromSaved(saved?.content);
  return saved && state && { state, savedAtMs: saved.savedAtMs };
}
