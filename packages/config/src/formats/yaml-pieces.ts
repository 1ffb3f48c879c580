import type { Limits } from "./limits.ts";
import { type Grown, MalformedText, TreeBuilder } from "./tree-builder.ts";
import { parseYaml } from "./yaml.ts";

/** An entry of a mapping or an item of a list, parsed by itself. */
export interface YamlPiece {
  readonly text: string;
  /** A mapping with one entry, or a list with one item. Offsets are those in {@link text}. */
  readonly tree: Grown;
  /** How many nodes it counts for: an alias counts, and so does what it brings. */
  readonly nodes: number;
  readonly aliases: number;
  /** How deep the nodes in it lie below the mapping or list. */
  readonly depth: number;
}

/**
 * Parses pieces of YAML texts and remembers those of the last text, so that of the next version of it
 * only those are parsed that have changed. Equal pieces are parsed once.
 */
export class YamlPieces {
  readonly #parse: typeof parsePiece;
  #last = new Map<string, YamlPiece>();
  #current = new Map<string, YamlPiece>();

  constructor(parse: typeof parsePiece = parsePiece) {
    this.#parse = parse;
  }

  /** How many characters of text it remembers. */
  get length(): number {
    let length = 0;
    for (const text of this.#last.keys()) length += text.length;
    return length;
  }

  /** Nothing where the text is not well-formed, or does not keep the limits. */
  find(text: string, limits: Limits): YamlPiece | undefined {
    const known = this.#current.get(text);
    if (known !== undefined) return known;
    const piece = this.#last.get(text) ?? this.#parse(text, limits);
    // By its own text: the one that was asked for may keep a whole document in memory.
    if (piece !== undefined) this.#current.set(piece.text, piece);
    return piece;
  }

  /** Forgets the pieces that were not asked for since the last time. */
  endText(): void {
    this.#last = this.#current;
    this.#current = new Map();
  }
}

/** What {@link YamlPieces} does with a text that it does not know. */
export function parsePiece(text: string, limits: Limits): YamlPiece | undefined {
  const builder = new TreeBuilder(text, () => NOWHERE, limits);
  try {
    const tree = parseYaml(text, builder);
    if (tree === undefined || builder.findings.length > 0) return undefined;
    const { nodes, aliases, deepest: depth } = builder;
    return { text, tree, nodes, aliases, depth };
  } catch (error) {
    if (error instanceof MalformedText || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What is wrong with a piece is found again, with its place, when the whole is parsed. */
const NOWHERE = { kind: "default" } as const;
