/**
 * A located tree in a few flat arrays, as it goes from one thread to another.
 *
 * @module
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Located, LocatedObject, LocatedScalar, Span } from "../sources/located.ts";
import { FilePosition, type FileText } from "./file-position.ts";

/**
 * Nodes in the order of the text: each one before what lies in it. A handful of arrays and texts, for
 * the receiving thread cannot go on with other work while it takes over a message.
 */
export interface PackedTree {
  /** By node: below 0 for a scalar, twice the number of entries of an object, that of items and one. */
  readonly shapes: Int32Array<ArrayBuffer>;
  /** By node, then by entry: offsets of start and end, the one compact table of positions. */
  readonly spans: Uint32Array<ArrayBuffer>;
  /** Distinct names of entries. */
  readonly names: PackedTexts;
  /** By entry, in the order of the nodes: the place of its name among {@link names}. */
  readonly nameIds: Uint32Array<ArrayBuffer>;
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Strings, and the text of numbers that have one, in the order of the nodes. */
  readonly texts: PackedTexts;
}

/** Texts one after the other. */
export interface PackedTexts {
  readonly all: string;
  /** Where each one ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
}

const NULL = -1;
const FALSE = -2;
const TRUE = -3;
const STRING = -4;
const NUMBER = -5;
/** With its text. */
const SPELT_NUMBER = -6;

export function packTree(root: Located): PackedTree {
  const packer = new Packer();
  packer.add(root);
  return packer.finish();
}

class Packer {
  readonly #shapes: number[] = [];
  readonly #spans: number[] = [];
  readonly #nameSpans: number[] = [];
  readonly #names = new Map<string, number>();
  readonly #nameIds: number[] = [];
  readonly #numbers: number[] = [];
  readonly #texts: string[] = [];

  add(node: Located): void {
    pushSpan(this.#spans, node.span);
    if (node.type === "scalar") return this.#addScalar(node);
    if (node.type === "array") {
      this.#shapes.push(2 * node.items.length + 1);
      for (const item of node.items) this.add(item);
      return;
    }
    this.#shapes.push(2 * node.entries.size);
    for (const name of node.entries.keys()) {
      this.#nameIds.push(this.#idOf(name));
      pushSpan(this.#nameSpans, node.names?.get(name)?.span);
    }
    for (const value of node.entries.values()) this.add(value);
  }

  finish(): PackedTree {
    return {
      shapes: Int32Array.from(this.#shapes),
      spans: Uint32Array.from(this.#spans.concat(this.#nameSpans)),
      names: packTexts([...this.#names.keys()]),
      nameIds: Uint32Array.from(this.#nameIds),
      numbers: Float64Array.from(this.#numbers),
      texts: packTexts(this.#texts),
    };
  }

  #addScalar({ value, lexeme }: LocatedScalar): void {
    if (value === null) this.#shapes.push(NULL);
    else if (typeof value === "boolean") this.#shapes.push(value ? TRUE : FALSE);
    else if (typeof value === "string") {
      this.#shapes.push(STRING);
      this.#texts.push(value);
    } else {
      this.#shapes.push(lexeme === undefined ? NUMBER : SPELT_NUMBER);
      this.#numbers.push(value);
      if (lexeme !== undefined) this.#texts.push(lexeme);
    }
  }

  #idOf(name: string): number {
    const id = this.#names.get(name) ?? this.#names.size;
    this.#names.set(name, id);
    return id;
  }
}

function pushSpan(spans: number[], span: Span | undefined): void {
  spans.push(span?.start ?? 0, span?.end ?? 0); // texts give every node one
}

function packTexts(texts: readonly string[]): PackedTexts {
  let end = 0;
  return { all: texts.join(""), ends: Uint32Array.from(texts, (text) => (end += text.length)) };
}

function textAt({ all, ends }: PackedTexts, index: number): string {
  return all.slice(index === 0 ? 0 : ends[index - 1], ends[index]);
}

/** How long the event loop is kept at a time. */
const SLICE_MS = 5;

/** Nodes between two looks at the clock. */
const NODES_PER_LOOK = 500;

/** The tree again, its positions in `text`. Other work goes on in between. */
export async function unpackTree(packed: PackedTree, text: FileText): Promise<LocatedObject> {
  const unpacker = new Unpacker(packed, text);
  let since = performance.now();
  while (!unpacker.take(NODES_PER_LOOK)) {
    if (performance.now() - since < SLICE_MS) continue;
    await nextTurn();
    since = performance.now();
  }
  return unpacker.root;
}

/** An object or list that is still being filled. */
interface Frame {
  remaining: number;
  readonly fill: (value: Located) => void;
}

class Unpacker {
  readonly #packed: PackedTree;
  readonly #text: FileText;
  readonly #frames: Frame[] = [];
  #root: Located | undefined;
  #nodes = 0;
  #entries = 0;
  #numbers = 0;
  #texts = 0;

  constructor(packed: PackedTree, text: FileText) {
    this.#packed = packed;
    this.#text = text;
  }

  get root(): LocatedObject {
    if (this.#root?.type === "object") return this.#root;
    throw new TypeError("the top level is not a mapping"); // the parser has refused it
  }

  /** @returns whether it is done */
  take(nodes: number): boolean {
    const { length } = this.#packed.shapes;
    const end = Math.min(this.#nodes + nodes, length);
    while (this.#nodes < end) this.#next();
    return end === length;
  }

  #next(): void {
    const shape = this.#packed.shapes[this.#nodes] ?? NULL;
    const span = this.#spanAt(this.#nodes);
    this.#nodes++;
    const at = new FilePosition(this.#text, span.start);
    if (shape < 0) this.#placeScalar(shape, { at, span });
    else if (shape % 2 === 1) this.#openArray(shape >> 1, { at, span });
    else this.#openObject(shape >> 1, { at, span });
  }

  #placeScalar(shape: number, place: Pick<Located, "at" | "span">): void {
    const value = this.#valueOf(shape);
    const lexeme = shape === SPELT_NUMBER ? this.#nextText() : undefined;
    this.#place({ type: "scalar", value, lexeme, ...place });
  }

  #valueOf(shape: number): LocatedScalar["value"] {
    switch (shape) {
      case STRING:
        return this.#nextText();
      case NUMBER:
      case SPELT_NUMBER:
        return this.#packed.numbers[this.#numbers++] ?? 0;
      default:
        return shape === NULL ? null : shape === TRUE;
    }
  }

  #nextText(): string {
    return textAt(this.#packed.texts, this.#texts++);
  }

  #openArray(remaining: number, place: Pick<Located, "at" | "span">): void {
    const items: Located[] = [];
    this.#place({ type: "array", items, ...place });
    if (remaining > 0) this.#frames.push({ remaining, fill: (item) => items.push(item) });
  }

  #openObject(remaining: number, place: Pick<Located, "at" | "span">): void {
    const entries = new Map<string, Located>();
    const names = new Map<string, Pick<Located, "at" | "span">>();
    this.#place({ type: "object", entries, names, ...place });
    if (remaining === 0) return;
    let entry = this.#entries;
    this.#entries += remaining;
    const fill = (value: Located) => {
      const name = this.#nameAt(entry);
      const span = this.#spanAt(this.#packed.shapes.length + entry);
      names.set(name, { at: new FilePosition(this.#text, span.start), span });
      entries.set(name, value);
      entry++;
    };
    this.#frames.push({ remaining, fill });
  }

  /** Into what encloses it; what is full by then is closed. */
  #place(node: Located): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) this.#root = node;
    else {
      frame.remaining--;
      frame.fill(node);
      if (frame.remaining === 0) this.#frames.pop();
    }
  }

  #nameAt(entry: number): string {
    return textAt(this.#packed.names, this.#packed.nameIds[entry] ?? 0);
  }

  #spanAt(index: number): Span {
    const { spans } = this.#packed;
    return { start: spans[2 * index] ?? 0, end: spans[2 * index + 1] ?? 0 };
  }
}
