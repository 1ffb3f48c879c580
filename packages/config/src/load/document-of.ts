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
import { isStep } from "./slices.ts";

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
  return documentFrom(config, tree, { known, shared: new Map() });
}

interface Made {
  readonly known: WeakMap<object, Json>;
  /** Of this document: by members that are objects, as if nothing in them was expanded. */
  readonly shared: Map<object, Json>;
}

function documentFrom(config: unknown, tree: ValueTree | undefined, made: Made): Json {
  if (tree?.unexpanded !== undefined) return ownText(tree.unexpanded);
  if (Array.isArray(config)) {
    const items = tree?.type === "array" ? tree.items : [];
    return config.map((item: unknown, i) => partDocument(item, items[i], made, made.known));
  }
  if (!isMembers(config)) return toDocument(config);
  const entries = tree?.type === "object" ? tree.entries : undefined;
  const document: Record<string, Json> = {};
  for (const [name, value] of Object.entries(config)) {
    if (value === undefined) continue;
    document[name] = partDocument(value, entries?.get(name), made, made.shared);
  }
  return document;
}

/** What was made of objects. */
interface Kept<V> {
  get(part: object): V | undefined;
  set(part: object, made: V): unknown;
}

/** What was made for a part before is taken where no text in it is expanded. */
function partDocument(
  part: unknown,
  tree: ValueTree | undefined,
  made: Made,
  before: Kept<Json>,
): Json {
  if (!isMembers(part) || hasExpanded(tree)) return documentFrom(part, tree, made);
  const document = before.get(part) ?? documentFrom(part, undefined, made);
  before.set(part, document);
  return document;
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
 * canonical JSON (RFC 8785) of the document without informational fields, in lower-case hex. In steps.
 *
 * @param known texts of parts of frozen documents; those that are made are added
 */
export function* checksumInSteps(
  document: Json,
  root: SchemaNode,
  known: WeakMap<object, string>,
): Generator<void, string> {
  const text = yield* canonicalText(document, root.alone, { known, shared: new Map() });
  yield;
  return contentHash(text);
}

interface Texts {
  readonly known: WeakMap<object, string>;
  /** Of this document: by members that are objects. */
  readonly shared: Map<object, string>;
}

/** As `canonicalize` of the document without its informational members. */
function* canonicalText(
  value: Json,
  nodes: readonly SchemaNode[],
  texts: Texts,
): Generator<void, string> {
  if (typeof value !== "object" || value === null) return canonicalize(value);
  if (isJsonArray(value)) {
    const below = nodesBelow(nodes, { type: "index", index: 0 }); // of all items
    const items: string[] = [];
    for (const item of value) {
      if (isStep(items.length)) yield;
      items.push(yield* partText(item, below, texts, texts.known));
    }
    return `[${items.join(",")}]`;
  }
  const members: string[] = [];
  for (const name of Object.keys(value).toSorted()) {
    const member = value[name];
    const below = memberNodes(nodes, name);
    if (member === undefined || below.some(({ notes }) => notes.informational === true)) continue;
    const text = isScalar(member)
      ? canonicalize(member)
      : yield* partText(member, below, texts, texts.shared);
    members.push(`${canonicalize(name)}:${text}`);
  }
  return `{${members.join(",")}}`;
}

/** Items of lists are what there are many of, and what stays; sections are often the same object. */
function* partText(
  part: Json,
  nodes: readonly SchemaNode[],
  texts: Texts,
  before: Kept<string>,
): Generator<void, string> {
  if (!isJsonObject(part) || !Object.isFrozen(part)) {
    return yield* canonicalText(part, nodes, texts);
  }
  const text = before.get(part) ?? (yield* canonicalText(part, nodes, texts));
  before.set(part, text);
  return text;
}

function isScalar(value: Json): boolean {
  return typeof value !== "object" || value === null;
}
