import { canonicalize, isJsonArray, isJsonObject, type Json } from "@llmcfg/core";
import { isMembers } from "../diff/compare-values.ts";
import { ownText } from "../history/text-delta.ts";
import type { ValueTree } from "../merge/tree.ts";
import { toDocument } from "../schema/document.ts";
import { memberNodes, nodesBelow } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";
import { contentHash } from "../sources/content-hash.ts";
import { digestLiteral, isSecretRef } from "../values/secret-handle.ts";
import { keyedDigest } from "./envelope.ts";

/**
 * The accepted document: the typed configuration in document form, with the references that text
 * was expanded from in place of that text.
 *
 * @param tree without it no text is known to be expanded
 * @param known by items of lists, as if nothing in them was expanded; those that are made are added
 */
export function documentOf(
  config: unknown,
  tree: ValueTree | undefined,
  known: WeakMap<object, Json> = new WeakMap(),
): Json {
  if (tree?.unexpanded !== undefined) return ownText(tree.unexpanded);
  if (Array.isArray(config)) {
    const items = tree?.type === "array" ? tree.items : [];
    return config.map((item: unknown, i) => itemDocument(item, items[i], known));
  }
  if (!isMembers(config)) return toDocument(config);
  const entries = tree?.type === "object" ? tree.entries : undefined;
  const document: Record<string, Json> = {};
  for (const [name, value] of Object.entries(config)) {
    if (value !== undefined) document[name] = documentOf(value, entries?.get(name), known);
  }
  return document;
}

/** What was made for an item before is taken where no text in it is expanded. */
function itemDocument(
  item: unknown,
  tree: ValueTree | undefined,
  known: WeakMap<object, Json>,
): Json {
  if (!isMembers(item) || hasExpanded(tree)) return documentOf(item, tree, known);
  const made = known.get(item) ?? documentOf(item, undefined, known);
  known.set(item, made);
  return made;
}

function hasExpanded(tree: ValueTree | undefined): boolean {
  if (tree === undefined) return false;
  if (tree.unexpanded !== undefined) return true;
  if (tree.type === "array") return tree.items.some(hasExpanded);
  if (tree.type === "object") {
    for (const member of tree.entries.values()) {
      if (member.unexpanded !== undefined) return true;
      if (member.type !== "scalar" && hasExpanded(member)) return true;
    }
  }
  return false;
}

/**
 * The document with a digest of each literal secret that the configuration has in its place. Parts
 * without literals are the same objects.
 */
export function withLiteralDigests(document: Json, config: unknown, key: string): Json {
  if (isSecretRef(config)) {
    const digest = digestLiteral(config, (bytes) => keyedDigest(key, bytes));
    if (digest === undefined) return document;
    const counted = `hmac-sha256:${digest}`;
    return config.kind === "literal" ? counted : `${config.reference} ${counted}`; // its default
  }
  if (typeof config !== "object" || config === null) return document;
  if (isJsonArray(document)) {
    const items = document.map((item, i) => withLiteralDigests(item, memberOf(config, i), key));
    return items.every((item, i) => item === document[i]) ? document : items;
  }
  if (!isJsonObject(document)) return document;
  const members: Record<string, Json> = {};
  let isSame = true;
  for (const [name, member] of Object.entries(document)) {
    const counted = withLiteralDigests(member, memberOf(config, name), key);
    members[name] = counted;
    isSame &&= counted === member;
  }
  return isSame ? document : members;
}

function memberOf(holder: object, step: string | number): unknown {
  return (holder as Readonly<Record<string | number, unknown>>)[step]; // whatever may be there
}

/**
 * Equal for equal configurations, whatever format, order or process they come from: SHA-256 of the
 * canonical JSON (RFC 8785) of the document without informational fields, in lower-case hex.
 *
 * @param known texts of parts of frozen documents; those that are made are added
 */
export function checksumOf(
  document: Json,
  root: SchemaNode,
  known: WeakMap<object, string> = new WeakMap(),
): string {
  return contentHash(canonicalText(document, { nodes: root.alone, known }));
}

interface Canonical {
  readonly nodes: readonly SchemaNode[];
  readonly known: WeakMap<object, string>;
}

/** As `canonicalize` of the document without its informational members. */
function canonicalText(value: Json, { nodes, known }: Canonical): string {
  if (typeof value !== "object" || value === null) return canonicalize(value);
  if (isJsonArray(value)) {
    const items = { nodes: nodesBelow(nodes, { type: "index", index: 0 }), known }; // of all of them
    return `[${value.map((item) => itemText(item, items)).join(",")}]`;
  }
  const members: string[] = [];
  for (const name of Object.keys(value).toSorted()) {
    const member = value[name];
    const below = memberNodes(nodes, name);
    if (member === undefined || below.some(({ notes }) => notes.informational === true)) continue;
    members.push(`${canonicalize(name)}:${canonicalText(member, { nodes: below, known })}`);
  }
  return `{${members.join(",")}}`;
}

/** Items of lists are what there are many of, and what stays. */
function itemText(item: Json, canonical: Canonical): string {
  if (!isJsonObject(item) || !Object.isFrozen(item)) return canonicalText(item, canonical);
  const made = canonical.known.get(item) ?? canonicalText(item, canonical);
  canonical.known.set(item, made);
  return made;
}
