import { isJsonObject, type Json } from "@llmcfg/core";
import { bundleHash } from "./bundle-hash.ts";
import { type BundleState, isDescribedBundle } from "./bundle-state.ts";

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
