import { linesOf, type TextLines } from "./yaml-lines.ts";
import { endsLine, isBreak, type PlainKey, plainKeyAt } from "./yaml-plain.ts";

const DASH = 0x2d;

/** Consecutive lines: a block, an entry of a mapping, or an item of a list. */
export interface Lines {
  readonly from: number;
  readonly to: number;
  /** Where the text of the first one begins: in a list, behind the dashes. */
  readonly start: number;
  /** In which column that is, from 0. */
  readonly indent: number;
}

export interface Split {
  readonly kind: "object" | "array";
  /** Names of the entries, in their order; of a list none. */
  readonly keys: readonly PlainKey[];
  readonly parts: readonly Lines[];
}

/** Tells the entries of mappings and the items of lists apart, by the indentation of their lines. */
export class BlockSplitter {
  readonly #text: string;
  readonly #lines: TextLines;

  constructor(text: string) {
    this.#text = text;
    this.#lines = linesOf(text);
  }

  /** How many lines say something; they count from 0. */
  get length(): number {
    return this.#lines.length;
  }

  /** Where a line begins, its indentation included; behind the last one, where the text ends. */
  lineStart(line: number): number {
    return this.#lines.starts[line] ?? this.#text.length;
  }

  /** What stands on these lines. */
  linesFrom(from: number, to: number): Lines {
    const indent = this.#indent(from);
    return { from, to, start: (this.#lines.starts[from] ?? 0) + indent, indent };
  }

  #indent(line: number): number {
    return this.#lines.indents[line] ?? 0;
  }

  /** The entries or items of a block; nothing where its lines do not tell them. */
  split(block: Lines): Split | undefined {
    if (block.from >= block.to) return undefined;
    return this.isDash(block.start) ? this.#splitList(block) : this.#splitMapping(block);
  }

  #splitList({ from, to, start, indent }: Lines): Split | undefined {
    const parts: Lines[] = [];
    let first = from;
    for (let line = from + 1; line <= to; line++) {
      const isEnd = line === to;
      if (!isEnd && this.#indent(line) > indent) continue;
      if (!isEnd && (this.#indent(line) < indent || !this.isDash(this.#startOf(line)))) {
        return undefined;
      }
      parts.push({
        from: first,
        to: line,
        start: first === from ? start : this.#startOf(first),
        indent,
      });
      first = line;
    }
    return { kind: "array", keys: [], parts };
  }

  /** The items of a list may stand in the column of the key that they are the value of. */
  #splitMapping({ from, to, start, indent }: Lines): Split | undefined {
    const keys: PlainKey[] = [];
    const parts: Lines[] = [];
    let key = plainKeyAt(this.#text, start);
    let first = from;
    let isList = false;
    for (let line = from + 1; line <= to; line++) {
      const isEnd = line === to;
      if (!isEnd && this.#indent(line) > indent) continue;
      if (!isEnd && this.#indent(line) < indent) return undefined;
      if (key === undefined) return undefined;
      if (!isEnd && this.isDash(this.#startOf(line))) {
        isList ||= line === first + 1 && endsLine(this.#text, key.after);
        if (!isList) return undefined;
        continue;
      }
      keys.push(key);
      parts.push({ from: first, to: line, start: key.start, indent });
      if (isEnd) break;
      key = plainKeyAt(this.#text, this.#startOf(line));
      first = line;
      isList = false;
    }
    return { kind: "object", keys, parts };
  }

  #startOf(line: number): number {
    return (this.#lines.starts[line] ?? 0) + this.#indent(line);
  }

  /** Whether an item of a list begins there. */
  isDash(start: number): boolean {
    return this.#text.charCodeAt(start) === DASH && isBreak(this.#text.charCodeAt(start + 1));
  }
}
