import { canonicalize, isJsonArray, isJsonObject, type Json } from "@llmcfg/core";
import type { ValueTree } from "../merge/tree.ts";
import { toDocument } from "../schema/document.ts";
import { childrenOf } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";
import { contentHash } from "../sources/content-hash.ts";
import { digestLiteral, isSecretRef } from "../values/secret-handle.ts";
import { keyedDigest } from "./envelope.ts";

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

/** The document with a digest of each literal secret that the configuration has in its place. */
export function withLiteralDigests(document: Json, config: unknown, key: string): Json {
  if (isSecretRef(config)) {
    const digest = digestLiteral(config, (bytes) => keyedDigest(key, bytes));
    return digest === undefined ? document : `hmac-sha256:${digest}`;
  }
  if (isJsonArray(document) && Array.isArray(config)) {
    return document.map((item, i) => withLiteralDigests(item, config[i], key));
  }
  if (!isJsonObject(document) || typeof config !== "object" || config === null) return document;
  const below: Readonly<Record<string, unknown>> = { ...config };
  const members = Object.entries(document);
  return Object.fromEntries(
    members.map(([name, member]) => [name, withLiteralDigests(member, below[name], key)]),
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
