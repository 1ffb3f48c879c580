import { canonicalize, isJsonArray, isJsonObject, type Json } from "@llmcfg/core";
import type { ValueTree } from "../merge/tree.ts";
import { toDocument } from "../schema/document.ts";
import { childrenOf } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";
import { contentHash } from "../sources/content-hash.ts";

/**
 * The accepted document: the typed configuration in document form, with the references that text
 * was expanded from in place of that text.
 */
export function documentOf(config: unknown, tree: ValueTree | undefined): Json {
  if (tree?.unexpanded !== undefined) return tree.unexpanded;
  if (tree === undefined || tree.type === "scalar") return toDocument(config);
  if (tree.type === "array" && Array.isArray(config)) {
    return config.map((item: unknown, i) => documentOf(item, tree.items[i]));
  }
  if (tree.type !== "object" || typeof config !== "object" || config === null)
    return toDocument(config);
  const members = Object.entries(config).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    members.map(([name, value]) => [name, documentOf(value, tree.entries.get(name))]),
  );
}

/**
 * Equal for equal configurations, whatever format, order or process they come from: SHA-256 of the
 * canonical JSON (RFC 8785) of the document without informational fields, in lower-case hex.
 */
export function checksumOf(document: Json, root: SchemaNode): string {
  return contentHash(canonicalize(withoutInformational(document, [root])));
}

function withoutInformational(value: Json, nodes: readonly SchemaNode[]): Json {
  if (isJsonArray(value)) {
    const items = nodes.flatMap((node) => childrenOf(node, { type: "index", index: 0 }));
    return value.map((item) => withoutInformational(item, items));
  }
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).flatMap(([name, member]) => {
    const below = nodes.flatMap((node) => childrenOf(node, { type: "member", name }));
    if (below.some(({ notes }) => notes.informational === true)) return [];
    return [[name, withoutInformational(member, below)] as const];
  });
  return Object.fromEntries(kept);
}
