import type { Limits } from "./limits.ts";
import { arrayShape, objectShape, type PackedTree, SHAPE } from "./packed-tree.ts";
import type { GrownArray, GrownObject } from "./tree-builder.ts";
import { TreeWriter, writeContent } from "./tree-writer.ts";
import { type FlowArray, type FlowNode, type FlowObject, flowAt, isLeaf } from "./yaml-flow.ts";
import type { YamlPieces } from "./yaml-pieces.ts";
import {
  endsLine,
  type PlainKey,
  type PlainValue,
  plainValueAt,
  skipSpaces,
} from "./yaml-plain.ts";
import { BlockSplitter, type Lines, type Split } from "./yaml-split.ts";

/**
 * Reads YAML by its lines, as far as that is safe: mappings and lists in block style are told by their
 * indentation, plain keys, scalars and collections on one line are read where they stand, and every
 * entry or item that holds anything else is a piece, which the whole grammar parses by itself, and only
 * when it has changed.
 *
 * Says nothing where the text is malformed, passes a limit, or may mean something else as a whole
 * than in pieces. What it does say is what `parseYaml` says of the same text, every position included.
 */
export function parseYamlBlocks(
  text: string,
  limits: Limits,
  pieces: YamlPieces,
): PackedTree | undefined {
  if (UNUSUAL.test(text)) return undefined;
  return new BlockReader(text, limits, pieces).read();
}

/** Control characters, line breaks other than the newline, and tabs that indent. */
// oxlint-disable-next-line no-control-regex -- they are what it is about
const UNUSUAL = /[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff]|^ *\t/m;

class BlockReader {
  readonly #text: string;
  readonly #limits: Limits;
  readonly #pieces: YamlPieces;
  readonly #splitter: BlockSplitter;
  readonly #writer = new TreeWriter();
  #nodes = 0;
  #aliases = 0;
  /** By name: the last object that was found to have it. */
  readonly #owners: number[] = [];

  constructor(text: string, limits: Limits, pieces: YamlPieces) {
    this.#text = text;
    this.#limits = limits;
    this.#pieces = pieces;
    this.#splitter = new BlockSplitter(text);
  }

  read(): PackedTree | undefined {
    const from = this.#isDocumentStart() ? 1 : 0;
    const root = this.#splitter.split(this.#splitter.linesFrom(from, this.#splitter.length));
    if (root?.kind !== "object" || this.#block(root, 0) === undefined) return undefined;
    const { maxNodes, maxAliases } = this.#limits;
    if (this.#nodes > maxNodes || this.#aliases > maxAliases) return undefined;
    return this.#writer.finish();
  }

  /** `---` alone on the first line that says anything. */
  #isDocumentStart(): boolean {
    const start = this.#splitter.lineStart(0);
    if (!this.#text.startsWith("---", start)) return false;
    const end = skipSpaces(this.#text, start + 3);
    return end === this.#text.length || this.#text[end] === "\n";
  }

  /** @returns where the last thing in it ends; nothing where the whole grammar is needed */
  #block({ kind, keys, parts }: Split, depth: number): number | undefined {
    if (depth >= this.#limits.maxDepth) return undefined;
    const block = this.#writer.open(parts[0]?.start ?? 0);
    this.#nodes++;
    const entries: number[] = [];
    let end: number | undefined = 0;
    for (const [i, part] of parts.entries()) {
      const key = keys[i];
      if (key !== undefined) entries.push(this.#writer.entries);
      end = key === undefined ? this.#item(part, depth + 1) : this.#entry(key, part, depth + 1);
      if (end === undefined) return undefined;
    }
    if (!this.#namesDiffer(entries, block)) return undefined;
    const { length } = parts;
    this.#writer.close(block, kind === "object" ? objectShape(length) : arrayShape(length), end);
    return end;
  }

  #namesDiffer(entries: readonly number[], object: number): boolean {
    for (const entry of entries) {
      const id = this.#writer.nameId(entry);
      if (this.#owners[id] === object) return false;
      this.#owners[id] = object;
    }
    return true;
  }

  #entry(key: PlainKey, part: Lines, depth: number): number | undefined {
    const isAlone = part.to - part.from === 1;
    const value = skipSpaces(this.#text, key.after);
    if (!endsLine(this.#text, key.after)) {
      const plain = isAlone ? this.#lineAt(value) : undefined;
      if (plain === undefined) return this.#piece(part, depth);
      this.#name(key);
      return this.#flow(plain, depth);
    }
    if (isAlone) {
      this.#name(key);
      return this.#value({ shape: SHAPE.null, start: value, end: value, number: 0 });
    }
    const split = this.#splitter.split(this.#splitter.linesFrom(part.from + 1, part.to));
    if (split === undefined) return this.#piece(part, depth);
    this.#name(key);
    return this.#block(split, depth);
  }

  /** What stands behind the dash on its line decides. */
  #item(part: Lines, depth: number): number | undefined {
    const { from, to, start, indent } = part;
    const content = skipSpaces(this.#text, start + 1);
    if (to - from === 1) {
      const plain = this.#lineAt(content);
      if (plain !== undefined) return this.#flow(plain, depth);
    }
    const isEmpty = this.#text[content] === "\n";
    const nested = isEmpty
      ? this.#splitter.linesFrom(from + 1, to)
      : { from, to, start: content, indent: indent + content - start };
    const split =
      isEmpty || !this.#splitter.isDash(content) ? this.#splitter.split(nested) : undefined;
    return split === undefined ? this.#piece(part, depth) : this.#block(split, depth);
  }

  /** The value that the rest of a line is, if it can be told without the whole grammar. */
  #lineAt(start: number): FlowNode | undefined {
    return plainValueAt(this.#text, start) ?? flowAt(this.#text, start);
  }

  #flow(node: FlowNode, depth: number): number | undefined {
    if (isLeaf(node)) return this.#value(node);
    if (depth >= this.#limits.maxDepth) return undefined;
    const opened = this.#writer.open(node.start);
    this.#nodes++;
    const shape =
      node.shape === "array"
        ? this.#flowItems(node, depth + 1)
        : this.#flowEntries(node, opened, depth + 1);
    if (shape === undefined) return undefined;
    this.#writer.close(opened, shape, node.end);
    return node.end;
  }

  #flowItems({ items }: FlowArray, depth: number): number | undefined {
    const isWhole = items.every((item) => this.#flow(item, depth) !== undefined);
    return isWhole ? arrayShape(items.length) : undefined;
  }

  #flowEntries({ entries }: FlowObject, object: number, depth: number): number | undefined {
    const names: number[] = [];
    for (const { key, value } of entries) {
      names.push(this.#writer.entries);
      this.#name(key);
      if (this.#flow(value, depth) === undefined) return undefined;
    }
    return this.#namesDiffer(names, object) ? objectShape(entries.length) : undefined;
  }

  #name({ name, start, end }: PlainKey): void {
    this.#writer.name(name, start, end);
  }

  #value({ shape, number, start, end }: PlainValue): number {
    this.#nodes++;
    if (shape === "[]") this.#writer.leaf(arrayShape(0), start, end);
    else if (shape === "{}") this.#writer.leaf(objectShape(0), start, end);
    else if (shape === SHAPE.plainNumber) this.#writer.number(number, start, end);
    else this.#writer.leaf(shape, start, end);
    return end;
  }

  /** Hands an entry or item to the whole grammar, in the column in which it stands. */
  #piece({ to, start, indent }: Lines, depth: number): number | undefined {
    const end = this.#splitter.lineStart(to);
    // The line before makes it a text of its own: a mere part would keep the whole in memory.
    const text = `\n${" ".repeat(indent)}${this.#text.slice(start, end)}`;
    const offset = start - indent - 1;
    const piece = this.#pieces.find(text, this.#limits);
    if (piece === undefined || depth - 1 + piece.depth > this.#limits.maxDepth) return undefined;
    const { tree } = piece;
    if (tree.type === "scalar" || !isOnePart(tree, this.#splitter.isDash(start))) return undefined;
    this.#nodes += piece.nodes - 1;
    this.#aliases += piece.aliases;
    writeContent(tree, this.#writer, offset);
    return tree.span.end + offset;
  }
}

function isOnePart(tree: GrownObject | GrownArray, isItem: boolean): boolean {
  if (tree.type === "array") return isItem && tree.items.length === 1;
  return !isItem && tree.entries.length === 1;
}
