import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
  YAMLSeq,
} from "yaml";
import type { Span } from "../sources/located.ts";
import type { Entry, Grown, TreeBuilder } from "./tree-builder.ts";
import { toYamlFault, UNKNOWN_TAG } from "./yaml-faults.ts";

/**
 * Reads YAML 1.2 with the core schema, one document: `no`, `on` and `yes` are strings. Aliases and
 * merge keys are expanded; what they bring stands where the aliased text stands.
 *
 * @returns nothing where there is nothing but comments
 * @throws {MalformedText} at the first place where it is no YAML
 */
export function parseYaml(text: string, builder: TreeBuilder): Grown | undefined {
  const documents = parseAllDocuments(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: false, // reported by the builder, with both places
    prettyErrors: false, // they quote the text
  });
  if ("empty" in documents) return undefined;
  const [document, second] = documents;
  if (document === undefined) return undefined;
  requireWellFormed(document, text, builder);
  if (second !== undefined) {
    const span = { start: second.range[0], end: second.range[1] };
    throw builder.refusal(span, "several_documents", "there is more than one YAML document");
  }
  if (document.contents === null || isEmpty(document.contents)) return undefined;
  return new YamlReader(document, builder).read(document.contents, 0);
}

/** Nothing but a document marker or comments: a scalar without text. */
function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && (node.source ?? "") === "";
}

function requireWellFormed(document: Document, text: string, builder: TreeBuilder): void {
  const [fault] = [...document.errors, ...document.warnings];
  if (fault === undefined) return;
  if (fault.code === "RESOURCE_EXHAUSTION") throw builder.refuseDepth(fault); // its stack overflowed
  const { span, code, message } = toYamlFault(text, fault);
  throw builder.refusal(span, code, message, fault);
}

class YamlReader {
  readonly #document: Document;
  readonly #builder: TreeBuilder;

  constructor(document: Document, builder: TreeBuilder) {
    this.#document = document;
    this.#builder = builder;
  }

  read(node: Node, depth: number): Grown {
    const span = spanOf(node);
    this.#builder.enter(span.start, depth);
    if (isAlias(node)) return this.read(this.#resolve(node), depth);
    if (isMap(node)) {
      const entries = this.#entries(node, depth);
      return this.#builder.object(entries, node.flow === true ? span : blockSpan(node));
    }
    if (isSeq(node)) {
      if (node.tag !== undefined && node.tag !== YAMLSeq.tagName) throw this.#unknownTag(span);
      const items = node.items.map((item) => this.read(asNode(item), depth + 1));
      return { type: "array", items, span: node.flow === true ? span : blockSpan(node) };
    }
    return this.#scalar(node, span);
  }

  #resolve(alias: Node & { resolve(document: Document): Node | undefined }): Node {
    const span = spanOf(alias);
    this.#builder.enterAlias(span);
    const target = alias.resolve(this.#document);
    if (target !== undefined) return target;
    throw this.#builder.refusal(span, "parse_error", "the alias has no anchor before it");
  }

  /** Members of the mapping itself win over merged ones, and of those the ones merged first. */
  #entries(map: YAMLMap, depth: number): readonly Entry[] {
    const own: Entry[] = [];
    const merged: Entry[] = [];
    const merges: Span[] = [];
    for (const pair of map.items) {
      if (isMergeKey(pair)) {
        merges.push(spanOf(asNode(pair.key)));
        merged.push(...this.#merged(asNode(pair.value), depth));
      } else {
        const entry = this.#entry(pair, depth);
        if (entry !== undefined) own.push(entry);
      }
    }
    const [, second] = merges;
    if (second !== undefined) {
      this.#builder.report(second, "duplicate_key", 'the merge key "<<" is repeated');
    }
    return [...own, ...firstOfEach(merged, own)];
  }

  #entry({ key, value }: Pair, depth: number): Entry | undefined {
    const node = asNode(key);
    const nameSpan = spanOf(node);
    if (!isScalar(node) || typeof node.value !== "string") {
      const text = isScalar(node) ? node.source : undefined;
      const hint = text === undefined ? undefined : `write it in quotes: "${text}"`;
      this.#builder.report(nameSpan, "key_not_string", "a key is not a string", hint);
      return undefined;
    }
    const read = value === null ? this.#nothing(nameSpan) : this.read(asNode(value), depth + 1);
    return { name: node.value, nameSpan, value: read };
  }

  #merged(value: Node, depth: number): readonly Entry[] {
    const node = isAlias(value) ? this.#resolve(value) : value;
    if (isMap(node)) return this.#entries(node, depth);
    if (isSeq(node)) return node.items.flatMap((item) => this.#merged(asNode(item), depth));
    throw this.#builder.refusal(spanOf(value), "parse_error", '"<<" merges mappings only');
  }

  #scalar({ value, source }: Scalar, span: Span): Grown {
    if (typeof value === "number") return { type: "scalar", value, lexeme: source, span };
    if (typeof value === "string" || typeof value === "boolean" || value === null) {
      return { type: "scalar", value, span };
    }
    throw this.#unknownTag(span);
  }

  /** Explicit tags of YAML 1.1 give bytes, dates and lists of pairs, which JSON does not have. */
  #unknownTag(span: Span): Error {
    return this.#builder.refusal(span, "unknown_tag", UNKNOWN_TAG);
  }

  /** `{key}` and `? key` have no value at all. */
  #nothing({ end }: Span): Grown {
    this.#builder.enter(end, 0);
    return { type: "scalar", value: null, span: { start: end, end } };
  }
}

/** A mapping or list without brackets ends where the last thing in it does, not after the comments. */
function blockSpan(node: YAMLMap | YAMLSeq): Span {
  const { start } = spanOf(node);
  return { start, end: Math.max(start, ...partsOf(node.items.at(-1)).map(endOf)) };
}

function partsOf(last: unknown): readonly Node[] {
  if (isNode(last)) return [last];
  if (!isPair(last)) return [];
  return [last.key, last.value].filter((part) => isNode(part));
}

function endOf(node: Node): number {
  const isBlock = isCollection(node) && node.flow !== true;
  return isBlock ? blockSpan(node).end : spanOf(node).end;
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

function firstOfEach(entries: readonly Entry[], own: readonly Entry[]): readonly Entry[] {
  const seen = new Set(own.map(({ name }) => name));
  return entries.filter(({ name }) => !seen.has(name) && seen.add(name));
}

/** What the parser leaves in a mapping or list is a node: we made none of it ourselves. */
function asNode(value: unknown): Node {
  return value as Node;
}

function spanOf(node: Node): Span {
  const [start, end] = node.range ?? [0, 0, 0];
  return { start, end };
}
