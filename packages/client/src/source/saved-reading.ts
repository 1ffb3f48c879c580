/**
 * What the source keeps on disk: the reading that was last applied, and the secrets it came with.
 *
 * @module
 */

import { isJsonObject, type Json } from "@llmcfg/core";
import { fromSaved, toSaved } from "../bundle/saved-states.ts";
import type { RevealedSecret } from "../secrets/secret-reader.ts";
import type { NamespaceReading } from "./namespace-reading.ts";

export interface SavedReading {
  readonly reading: NamespaceReading;
  /** By `service/key`. */
  readonly secrets: ReadonlyMap<string, RevealedSecret>;
}

export function toSavedReading({ reading, secrets }: SavedReading): Json {
  return {
    expanded: toSaved(reading.expanded),
    kept: toSaved(reading.kept),
    secrets: Object.fromEntries(
      [...secrets].map(([id, { value, version, hash }]) => [id, { value, version, hash }]),
    ),
  };
}

/** `undefined` for whatever is no reading, or does not have the hash it is said to have. */
export async function fromSavedReading(content: Json): Promise<SavedReading | undefined> {
  if (!isJsonObject(content) || !isJsonObject(content["secrets"])) return undefined;
  const expanded = await fromSaved(content["expanded"]);
  const kept = await fromSaved(content["kept"]);
  if (expanded === undefined || kept === undefined) return undefined;
  const secrets = new Map<string, RevealedSecret>();
  for (const [id, saved] of Object.entries(content["secrets"])) {
    const secret = toSecret(saved);
    if (secret !== undefined) secrets.set(id, secret);
  }
  return { reading: { expanded, kept }, secrets };
}

function toSecret(saved: Json): RevealedSecret | undefined {
  if (!isJsonObject(saved)) return undefined;
  const { value, version, hash } = saved;
  if (value === undefined || typeof version !== "number" || typeof hash !== "string") {
    return undefined;
  }
  return { value, version, hash };
}
