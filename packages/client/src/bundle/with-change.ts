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
  const values = { ...bundle.values };
  const meta = { ...bundle.meta };
  const redacted = new Set(bundle.redacted);
  for (const change of event.changes) {
    const { key, value, hash: valueHash } = change;
    const known = meta[key];
    redacted.delete(key);
    if (valueHash === null || change.sensitive) delete values[key];
    if (valueHash === null) {
      delete meta[key];
      hashes.delete(key);
      continue;
    }
    if (change.sensitive) redacted.add(key);
    else if (value === undefined) return undefined;
    else values[key] = value;
    hashes.set(key, valueHash);
    meta[key] = metaOf(event, change, known);
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

/** By key, bytewise: the same contents are always in the same order. Mostly they are already. */
function sorted<T>(members: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const keys = Object.keys(members);
  const isSorted = keys.every((key, i) => i === 0 || compareBytewise(keys[i - 1] ?? "", key) < 0);
  if (isSorted) return members;
  return Object.fromEntries(Object.entries(members).toSorted(([a], [b]) => compareBytewise(a, b)));
}
