import type { Located, LocatedObject, Position } from "@llmcfg/config";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { readPlainScalar } from "./py-yaml-scalar.ts";

/** The document, and what a reader should know of how it was read. */
export interface ReadYaml {
  readonly root: Located;
  /** Of nodes that other readers of YAML would read otherwise. */
  readonly remarks: ReadonlyMap<Located, string>;
  /** Values whose key is repeated further down, by the object that they are not in. */
  readonly repeated: readonly Repeated[];
}

export interface Repeated {
  readonly in: LocatedObject;
  readonly name: string;
  readonly value: Located;
}

/** The text is no YAML that the product would read. */
export class UnreadableYaml extends Error {
  readonly at: Position;

  constructor(message: string, at: Position) {
    super(message);
    this.at = at;
  }
}

/** Guards against a few aliases that unfold into millions of nodes. */
const MAX_NODES = 200_000;
const MAX_DEPTH = 100;

/**
 * Reads YAML as PyYAML's safe loader does: YAML 1.1 scalars, the last of repeated keys wins, keys
 * are taken as they are written. Aliases and merge keys are unfolded.
 *
 * @throws {UnreadableYaml} where the text is not well formed, or has several documents
 */
export function readPyYaml(text: string, file: string): ReadYaml {
  return new PyYamlReader(text, file).read();
}

class PyYamlReader {
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document | undefined;
  readonly #remarks = new Map<Located, string>();
  readonly #repeated: Repeated[] = [];
  #nodes = 0;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = this.#parse(text.replace(/^\uFEFF/, ""));
  }

  read(): ReadYaml {
    const contents = this.#document?.contents ?? null;
    const root = contents === null ? this.#empty(0) : this.#node(contents, 0);
    return { root, remarks: this.#remarks, repeated: this.#repeated };
  }

  /** With no types but text: what plain scalars mean is told here. */
  #parse(text: string): Document | undefined {
    const documents = parseAllDocuments(text, {
      version: "1.1",
      schema: "failsafe",
      uniqueKeys: false,
      prettyErrors: false, // they quote the text
      logLevel: "silent",
      lineCounter: this.#lines,
    });
    if ("empty" in documents) return undefined;
    const [document, second] = documents;
    const fault = document?.errors[0];
    if (fault !== undefined)
      throw new UnreadableYaml("this is not well-formed YAML", this.#at(fault.pos[0]));
    if (second === undefined) return document;
    throw new UnreadableYaml("there is more than one YAML document", this.#at(second.range[0]));
  }

  #node(node: Node, depth: number): Located {
    const start = node.range?.[0] ?? 0;
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      throw new UnreadableYaml(
        "there are too many values, or they are nested too deep",
        this.#at(start),
      );
    }
    if (isAlias(node)) return this.#node(this.#resolve(node), depth + 1);
    if (isMap(node)) return this.#object(node, depth);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#node(asNode(item), depth + 1));
      return { type: "array", items, at: this.#at(start) };
    }
    return isScalar(node) ? this.#scalar(node) : this.#empty(start);
  }

  #resolve(alias: Node & { resolve(document: Document): Node | undefined }): Node {
    const target = this.#document === undefined ? undefined : alias.resolve(this.#document);
    if (target !== undefined) return target;
    throw new UnreadableYaml("an alias has no anchor before it", this.#at(alias.range?.[0] ?? 0));
  }

  #object(map: YAMLMap, depth: number): LocatedObject {
    const entries = new Map<string, Located>();
    const object: LocatedObject = { type: "object", entries, at: this.#at(map.range?.[0] ?? 0) };
    for (const [name, value] of this.#pairs(map, depth)) {
      const before = entries.get(name);
      if (before !== undefined) this.#repeated.push({ in: object, name, value: before });
      entries.set(name, value);
    }
    for (const pair of map.items.filter(isMergeKey))
      this.#merge(asNode(pair.value), entries, depth);
    return object;
  }

  *#pairs(map: YAMLMap, depth: number): Iterable<readonly [string, Located]> {
    for (const pair of map.items) {
      if (isMergeKey(pair)) continue;
      const { key, value } = pair;
      const name = isScalar(key) ? (key.source ?? String(key.value)) : String(key);
      const start = isScalar(key) ? (key.range?.[1] ?? 0) : 0;
      yield [name, value === null ? this.#empty(start) : this.#node(asNode(value), depth + 1)];
    }
  }

  /** Members of the mapping itself win over merged ones, and of those the ones merged first. */
  #merge(value: Node, entries: Map<string, Located>, depth: number): void {
    const node = isAlias(value) ? this.#resolve(value) : value;
    if (isSeq(node)) for (const item of node.items) this.#merge(asNode(item), entries, depth + 1);
    if (!isMap(node)) return;
    for (const [name, merged] of this.#object(node, depth + 1).entries) {
      if (!entries.has(name)) entries.set(name, merged);
    }
  }

  #scalar(scalar: Scalar): Located {
    const at = this.#at(scalar.range?.[0] ?? 0);
    const text = typeof scalar.value === "string" ? scalar.value : "";
    const isPlain =
      scalar.type === "PLAIN" && (scalar.tag === undefined || !scalar.tag.endsWith(":str"));
    const { value, remark } = isPlain ? readPlainScalar(text) : { value: text, remark: undefined };
    const located: Located = {
      type: "scalar",
      value,
      at,
      ...(typeof value === "number" ? { lexeme: text } : {}),
    };
    if (remark !== undefined) this.#remarks.set(located, remark);
    return located;
  }

  #empty(start: number): Located {
    return { type: "scalar", value: null, at: this.#at(start) };
  }

  #at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { kind: "file", file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

/** What the parser leaves in a mapping or list is a node: we made none of it ourselves. */
function asNode(value: unknown): Node {
  return value as Node;
}
