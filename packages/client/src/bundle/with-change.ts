import { compareBytewise, type Json } from "@llmcfg/core";
import type { BundleMeta, ChangedEvent, WatchChange } from "@llmcfg/protocol";
import type { BundleState, DescribedBundle } from "./bundle-state.ts";

/**
 * The state after a revision, made of the state before it and what the watch says of it: nobody has
 * to be asked.
 *
 * Of a key that is new its type is what its JSON says; whether a text is a document is not known.
 *
 * @param hash the bundle hash afterwards
 * @returns `undefined` where the event lacks a value that is not sensitive
 */
export function withChange(
  { bundle, hashes: before }: BundleState,
  event: ChangedEvent,
  hash: string,
): BundleState | undefined {
  const hashes = new Map(before);
  const values = new Map(Object.entries(bundle.values));
  const meta = new Map(Object.entries(bundle.meta));
  const redacted = new Set(bundle.redacted);
  for (const change of event.changes) {
    const { key, value } = change;
    const known = meta.get(key);
    for (const part of [hashes, values, meta, redacted]) part.delete(key);
    if (change.hash === null) continue;

    if (change.sensitive) redacted.add(key);
    else if (value === undefined) return undefined;
    else values.set(key, value);
    hashes.set(key, change.hash);
    meta.set(key, metaOf(event, change, known));
  }
  const next: DescribedBundle = {
    ...bundle,
    revision: event.revision,
    hash,
    values: sorted(values),
    redacted: [...redacted].toSorted(compareBytewise),
    meta: sorted(meta),
  };
  return { bundle: next, reflects: event.revision, hashes };
}

function metaOf(
  { revision, at, actor }: ChangedEvent,
  change: WatchChange,
  known: BundleMeta | undefined,
): BundleMeta {
  const { version, layer, hash, sensitive, restartRequired, value } = change;
  const isSameKind = known !== undefined && (value === undefined || fits(value, known.type));
  return {
    version,
    revision,
    layer,
    type: isSameKind ? known.type : typeOf(value),
    hash: hash ?? "",
    sensitive,
    restartRequired,
    updatedAt: at,
    updatedBy: actor,
  };
}

function fits(value: Json, type: BundleMeta["type"]): boolean {
  const isText = type === "string" || type === "document" || type === "binary";
  return isText ? typeof value === "string" : typeOf(value) === type;
}

function typeOf(value: Json | undefined): BundleMeta["type"] {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "object" ? "object" : "string";
}

/** By key, bytewise: the same contents are always in the same order. */
function sorted<T>(members: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  return Object.fromEntries([...members].toSorted(([a], [b]) => compareBytewise(a, b)));
}
