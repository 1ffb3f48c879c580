/**
 * A bundle as a layer of configuration: nested by the segments of its keys, every value with who
 * set it, when and where.
 *
 * @module
 */

import type { Located, Position } from "@llmcfg/config";
import {
  compareBytewise,
  isJsonObject,
  type Json,
  type JsonPointer,
  memberPointer,
} from "@llmcfg/core";
import type { BundleMeta } from "@llmcfg/protocol";
import { selectedKeys } from "./holds-text.ts";
import type { NamespaceReading } from "./namespace-reading.ts";
import type { SourceSelection } from "./options.ts";
import { escapeReferences, handleText, rewriteText } from "./rewrite-text.ts";

/**
 * The whole selection as one object, its members in the order of the keys; empty where it has none.
 *
 * @param url what positions begin with: `http://127.0.0.1:7420/v1/configs/production/ml-service`
 */
export function locateBundle(
  reading: NamespaceReading,
  selection: SourceSelection,
  url: string,
): Located {
  const { values, redacted } = reading.kept.bundle;
  const beyond = selection.folder === "" ? 0 : selection.folder.length + 1;
  const keys = [...Object.keys(values), ...redacted].filter(selectedKeys(selection));
  const placed = keys.toSorted(compareBytewise).map((key) => ({
    segments: key.slice(beyond).split("/"),
    value: locateKey(reading, key, url),
  }));
  return nest(placed, positionOfFolder(reading, url));
}

/** The value of one key; of a sensitive one the reference to it. */
export function locateKey({ kept, expanded }: NamespaceReading, key: string, url: string): Located {
  const meta = kept.bundle.meta[key];
  const at = positionOf(key, meta, url);
  const { service, values } = kept.bundle;
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (value === undefined) {
    return { type: "scalar", value: handleText(service, { key, pointer: "" }), at };
  }
  // Of these the server expands nothing: whatever is in them is text.
  const isVerbatim = meta?.type === "document" || meta?.type === "binary";
  if (isVerbatim) return locate(escapeReferences(value), at);

  const twin = Object.hasOwn(expanded.bundle.values, key) ? expanded.bundle.values[key] : undefined;
  return locate(rewrite(value, { service, key, pointer: "", expanded: twin }), at);
}

interface ValuePlace {
  readonly service: string;
  readonly key: string;
  readonly pointer: JsonPointer;
  readonly expanded: Json | undefined;
}

function rewrite(value: Json, place: ValuePlace): Json {
  if (typeof value === "string") return rewriteText(value, place);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]: readonly [string, Json]) => {
    const pointer = memberPointer(place.pointer, name);
    const twin = memberOf(place.expanded, name);
    return [name, rewrite(member, { ...place, pointer, expanded: twin })] as const;
  });
  return Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members);
}

/** A member of an object or an item of an array; references change neither names nor places. */
function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, Json>>)[name]; // an array has its places as names too
}

function locate(value: Json, at: Position): Located {
  if (isJsonObject(value)) {
    const members = Object.entries(value).map(
      ([name, member]) => [name, locate(member, at)] as const,
    );
    return { type: "object", entries: new Map(members), at };
  }
  if (Array.isArray(value)) {
    return { type: "array", items: value.map((item: Json) => locate(item, at)), at };
  }
  return { type: "scalar", value: value as string | number | boolean | null, at }; // what is left
}

interface PlacedValue {
  readonly segments: readonly string[];
  readonly value: Located;
}

/** A key is never a folder too: the server refuses that. */
function nest(placed: readonly PlacedValue[], at: Position): Located {
  const groups = Map.groupBy(placed, ({ segments: [first = ""] }) => first);
  const entries = [...groups].map(([name, group]) => {
    const [only] = group;
    if (only?.segments.length === 1) return [name, only.value] as const;
    const inner = group.map(({ segments, value }) => ({ segments: segments.slice(1), value }));
    return [name, nest(inner, at)] as const;
  });
  return { type: "object", entries: new Map(entries), at };
}

function positionOf(key: string, meta: BundleMeta | undefined, url: string): Position {
  if (meta === undefined) return { kind: "remote", url, key };
  const { revision, layer, updatedBy: author, updatedAt: at } = meta;
  return { kind: "remote", url, key, revision: `r${revision}`, layer, author, at };
}

function positionOfFolder({ expanded }: NamespaceReading, url: string): Position {
  return { kind: "remote", url, revision: `r${expanded.bundle.revision}` };
}
