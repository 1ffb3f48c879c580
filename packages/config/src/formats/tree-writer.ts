/**
 * How parsers write trees in flat arrays.
 *
 * @module
 */

import type { Span } from "../sources/located.ts";
import { arrayShape, objectShape, type PackedTree, packTexts, SHAPE } from "./packed-tree.ts";
import type { Grown, GrownArray, GrownObject, GrownScalar } from "./tree-builder.ts";

/**
 * Takes the nodes of a tree in the order of its text. What is opened must be closed again; each entry
 * of an object is a name and then a node.
 */
export class TreeWriter {
  readonly #shapes: number[] = [];
  readonly #spans: number[] = [];
  readonly #names = new Map<string, number>();
  readonly #nameIds: number[] = [];
  readonly #nameSpans: number[] = [];
  readonly #numbers: number[] = [];
  readonly #texts: string[] = [];

  /** How many names there are. */
  get entries(): number {
    return this.#nameIds.length;
  }

  /** Begins an object or list. @returns what {@link close} wants to know */
  open(start: number): number {
    this.#spans.push(start, start);
    return this.#shapes.push(0) - 1;
  }

  close(node: number, shape: number, end: number): void {
    this.#shapes[node] = shape;
    this.#spans[2 * node + 1] = end;
  }

  /** @returns the place of the name among the distinct ones */
  name(name: string, start: number, end: number): number {
    const id = this.#idOf(name);
    this.#nameIds.push(id);
    this.#nameSpans.push(start, end);
    return id;
  }

  /** A node whose shape says all, or the source text does. */
  leaf(shape: number, start: number, end: number): void {
    this.#shapes.push(shape);
    this.#spans.push(start, end);
  }

  string(value: string, start: number, end: number): void {
    this.leaf(SHAPE.string, start, end);
    this.#texts.push(value);
  }

  /** A number that is spelt as the source text is. */
  number(value: number, start: number, end: number): void {
    this.leaf(SHAPE.plainNumber, start, end);
    this.#numbers.push(value);
  }

  /** As {@link number}: whatever a field expects, it is no text. */
  strictNumber(value: number, start: number, end: number): void {
    this.leaf(SHAPE.strictNumber, start, end);
    this.#numbers.push(value);
  }

  /** A number that is spelt otherwise, or where that is not known. */
  speltNumber(value: number, lexeme: string | undefined, { start, end }: Span): void {
    this.leaf(lexeme === undefined ? SHAPE.number : SHAPE.speltNumber, start, end);
    this.#numbers.push(value);
    if (lexeme !== undefined) this.#texts.push(lexeme);
  }

  /** Where a name stands: the entries count from 0. */
  nameSpan(entry: number): Span {
    const { [2 * entry]: start = 0, [2 * entry + 1]: end = 0 } = this.#nameSpans;
    return { start, end };
  }

  nameId(entry: number): number {
    return this.#nameIds[entry] ?? 0;
  }

  finish(): PackedTree {
    return {
      shapes: new Int32Array(this.#shapes),
      spans: new Uint32Array(this.#spans),
      names: packTexts([...this.#names.keys()]),
      nameIds: new Uint32Array(this.#nameIds),
      nameSpans: new Uint32Array(this.#nameSpans),
      numbers: new Float64Array(this.#numbers),
      texts: packTexts(this.#texts),
    };
  }

  #idOf(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const id = this.#names.size;
    this.#names.set(name, id);
    return id;
  }
}

/** A tree that has been built, in flat arrays. */
export function packTree(root: Grown): PackedTree {
  const writer = new TreeWriter();
  writeGrown(root, writer);
  return writer.finish();
}

/** Writes a tree whose text begins at `offset`. */
export function writeGrown(node: Grown, writer: TreeWriter, offset = 0): void {
  if (node.type === "scalar") return writeScalar(node, writer, offset);
  const { start, end } = node.span;
  const opened = writer.open(start + offset);
  writeContent(node, writer, offset);
  const isArray = node.type === "array";
  const shape = isArray ? arrayShape(node.items.length) : objectShape(node.entries.length);
  writer.close(opened, shape, end + offset);
}

/** What lies in it, without itself. */
export function writeContent(
  node: GrownObject | GrownArray,
  writer: TreeWriter,
  offset: number,
): void {
  if (node.type === "array") {
    for (const item of node.items) writeGrown(item, writer, offset);
    return;
  }
  for (const { name, nameSpan, value } of node.entries) {
    writer.name(name, nameSpan.start + offset, nameSpan.end + offset);
    writeGrown(value, writer, offset);
  }
}

function writeScalar(
  { value, lexeme, span }: GrownScalar,
  writer: TreeWriter,
  offset: number,
): void {
  const [start, end] = [span.start + offset, span.end + offset];
  if (typeof value === "string") writer.string(value, start, end);
  else if (typeof value === "number") writer.speltNumber(value, lexeme, { start, end });
  else writer.leaf(shapeOf(value), start, end);
}

/** Of what is neither text nor number. */
function shapeOf(value: boolean | null): number {
  if (value === null) return SHAPE.null;
  return value ? SHAPE.true : SHAPE.false;
}
