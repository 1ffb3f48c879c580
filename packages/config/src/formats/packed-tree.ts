/**
 * A located tree in a few flat arrays, as it goes from one thread to another.
 *
 * @module
 */

/**
 * Nodes in the order of the text: each one before what lies in it, the name of an entry before its
 * value. A handful of arrays and texts, for the receiving thread cannot go on with other work while it
 * takes over a message; and what stands in the source text as it is read is not repeated.
 */
export interface PackedTree {
  /** By node: one of {@link SHAPE}, or the number of entries of an object or of items of a list. */
  readonly shapes: Int32Array<ArrayBuffer>;
  /** By node: offsets of start and end in the source text, one after the other. */
  readonly spans: Uint32Array<ArrayBuffer>;
  /** Distinct names of entries. */
  readonly names: PackedTexts;
  /** By entry: the place of its name among {@link names}. */
  readonly nameIds: Uint32Array<ArrayBuffer>;
  /** By entry: offsets of start and end of its name. */
  readonly nameSpans: Uint32Array<ArrayBuffer>;
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Of the nodes whose shape has a text of its own. */
  readonly texts: PackedTexts;
}

/** Texts one after the other. */
export interface PackedTexts {
  readonly all: string;
  /** Where each one ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** What a node is. An object or list is none of these: see {@link objectShape}. */
export const SHAPE = {
  null: -1,
  false: -2,
  true: -3,
  /** With a text of its own. */
  string: -4,
  /** The source text of its span. */
  plainString: -5,
  /** The source text between the first and last character of its span. */
  quotedString: -6,
  /** Not known how it was spelt. */
  number: -7,
  /** Spelt as a text of its own. */
  speltNumber: -8,
  /** Spelt as the source text of its span. */
  plainNumber: -9,
  /** As {@link plainNumber}, in a format that has quotes for what is text. */
  strictNumber: -10,
} as const;

/** The shape of an object with so many entries: even and not below 0. */
export function objectShape(entries: number): number {
  return 2 * entries;
}

/** The shape of a list with so many items: odd. */
export function arrayShape(items: number): number {
  return 2 * items + 1;
}

/** All of them, in their order. */
export function textsIn({ all, ends }: PackedTexts): string[] {
  const texts: string[] = [];
  let start = 0;
  for (const end of ends) {
    texts.push(all.slice(start, end));
    start = end;
  }
  return texts;
}

/** The reverse of {@link textsIn}. */
export function packTexts(texts: readonly string[]): PackedTexts {
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (let i = 0; i < texts.length; i++) ends[i] = end += texts[i]?.length ?? 0;
  return { all: texts.join(""), ends };
}
