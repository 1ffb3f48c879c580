import { setImmediate as nextTurn } from "node:timers/promises";
import type { Located, LocatedScalar, Position, Span } from "../sources/located.ts";
import { type NameTable, PackedNames } from "./packed-names.ts";
import { type PackedTexts, type PackedTree, SHAPE, textsIn } from "./packed-tree.ts";

/** The text that a tree was read from. */
export interface PlacedText {
  readonly text: string;
  /** Where a part of it is. */
  placeOf(start: number, end: number): TextPlace;
}

/** Where a node is. */
export interface TextPlace {
  readonly at: Position;
  readonly span: Span;
}

/** How long the event loop is kept at a time; a collection of garbage in it takes up to 15 ms more. */
const SLICE_MS = 3;

/** Nodes between two looks at the clock. */
const NODES_PER_LOOK = 500;

/** The tree again, its positions in `source`. */
export function unpackTree(packed: PackedTree, source: PlacedText): Located {
  const unpacker = new Unpacker(packed, source);
  unpacker.take(packed.shapes.length);
  return unpacker.root;
}

/** As {@link unpackTree}, in slices of 3 ms: other work goes on in between. */
export async function unpackInSlices(packed: PackedTree, source: PlacedText): Promise<Located> {
  const unpacker = new Unpacker(packed, source);
  let since = performance.now();
  while (!unpacker.take(NODES_PER_LOOK)) {
    if (performance.now() - since < SLICE_MS) continue;
    await nextTurn();
    since = performance.now();
  }
  return unpacker.root;
}

/** An object or list that is still being filled. */
type Frame = ObjectFrame | ArrayFrame;

interface ObjectFrame {
  remaining: number;
  readonly entries: Map<string, Located>;
  readonly names: PackedNames;
}

interface ArrayFrame {
  remaining: number;
  readonly items: Located[];
}

class Unpacker {
  readonly #packed: PackedTree;
  readonly #source: PlacedText;
  readonly #table: NameTable;
  readonly #frames: Frame[] = [];
  #frame: Frame | undefined;
  #root: Located | undefined;
  #nodes = 0;
  #entries = 0;
  #numbers = 0;
  #texts = 0;

  constructor(packed: PackedTree, source: PlacedText) {
    this.#packed = packed;
    this.#source = source;
    this.#table = { packed, names: textsIn(packed.names), source };
  }

  get root(): Located {
    if (this.#root !== undefined) return this.#root;
    throw new TypeError("a packed tree has at least one node");
  }

  /** @returns whether it is done */
  take(nodes: number): boolean {
    const { length } = this.#packed.shapes;
    const end = Math.min(this.#nodes + nodes, length);
    while (this.#nodes < end) this.#next();
    return end === length;
  }

  #next(): void {
    const shape = this.#packed.shapes[this.#nodes] ?? SHAPE.null;
    const { spans } = this.#packed;
    const [start = 0, end = 0] = [spans[2 * this.#nodes], spans[2 * this.#nodes + 1]];
    const { at, span } = this.#source.placeOf(start, end);
    this.#nodes++;
    if (shape < 0) {
      const value = this.#valueOf(shape, span);
      const lexeme = this.#lexemeOf(shape, span);
      if (shape === SHAPE.strictNumber) {
        this.#fill({ type: "scalar", value, lexeme, at, span, isNoText: true });
      } else this.#fill({ type: "scalar", value, lexeme, at, span });
    } else if (shape % 2 === 1) {
      const items: Located[] = [];
      this.#fill({ type: "array", items, at, span });
      if (shape > 1) this.#open({ remaining: shape >> 1, items });
    } else {
      const entries = new Map<string, Located>();
      const names = new PackedNames(this.#table, shape >> 1);
      this.#fill({ type: "object", entries, names, at, span });
      if (shape > 0) this.#open({ remaining: shape >> 1, entries, names });
    }
  }

  #open(frame: Frame): void {
    if (this.#frame !== undefined) this.#frames.push(this.#frame);
    this.#frame = frame;
  }

  /** Into what encloses it; what is full by then is closed. */
  #fill(node: Located): void {
    const frame = this.#frame;
    if (frame === undefined) {
      this.#root = node;
      return;
    }
    if ("items" in frame) frame.items.push(node);
    else frame.entries.set(frame.names.add(this.#entries++), node);
    if (--frame.remaining === 0) this.#frame = this.#frames.pop();
  }

  #valueOf(shape: number, { start, end }: Span): LocatedScalar["value"] {
    switch (shape) {
      case SHAPE.string:
        return this.#nextText();
      case SHAPE.plainString:
        return this.#source.text.slice(start, end);
      case SHAPE.quotedString:
        return this.#source.text.slice(start + 1, end - 1);
      case SHAPE.number:
      case SHAPE.speltNumber:
      case SHAPE.plainNumber:
      case SHAPE.strictNumber:
        return this.#packed.numbers[this.#numbers++] ?? 0;
      default:
        return shape === SHAPE.null ? null : shape === SHAPE.true;
    }
  }

  #lexemeOf(shape: number, { start, end }: Span): string | undefined {
    if (shape === SHAPE.speltNumber) return this.#nextText();
    const isPlain = shape === SHAPE.plainNumber || shape === SHAPE.strictNumber;
    return isPlain ? this.#source.text.slice(start, end) : undefined;
  }

  #nextText(): string {
    return textAt(this.#packed.texts, this.#texts++);
  }
}

function textAt({ all, ends }: PackedTexts, index: number): string {
  return all.slice(index === 0 ? 0 : ends[index - 1], ends[index]);
}
