/**
 * Texts of sources, as far as they may be shown.
 *
 * @module
 */

import { LineIndex } from "../formats/line-index.ts";
import type { Span } from "../sources/located.ts";

/** What of a text may be shown, and where. */
export interface VisiblePart {
  readonly span: Span;
  /** A secret, or something that the schema does not know: `⋯` stands for it. */
  readonly isMasked: boolean;
}

/** Stands for what is not shown, however long that is. */
export const MASK = "⋯";

/** What stands before a line, or before the marks under one. */
export function gutter(line: number | undefined): string {
  return `${(line === undefined ? "" : String(line)).padStart(4)} | `;
}

/** Punctuation, white space and operators around names and values, which give nothing away. */
const HARMLESS = /(?:[\s{}[\],:\-"'=?]|\$(?:unset|merge|prepend|append|replace)\b)*/y;

/** A text of which only some parts are shown. Each line is made once, when it is asked for. */
export class ShownText {
  readonly #text: string;
  readonly #lines: LineIndex;
  /** In the order of the text; of equal parts the masked one first. */
  readonly #parts: readonly VisiblePart[];
  readonly #shown = new Map<number, ShownLine>();

  constructor(text: string, parts: readonly VisiblePart[]) {
    this.#text = text;
    this.#lines = new LineIndex(text);
    this.#parts = parts.toSorted(
      (a, b) => a.span.start - b.span.start || Number(b.isMasked) - Number(a.isMasked),
    );
  }

  /** @param line from 1 */
  line(line: number): ShownLine {
    const known = this.#shown.get(line);
    if (known !== undefined) return known;
    const start = this.#lines.start(line - 1);
    const end = this.#text.indexOf("\n", start);
    const text = this.#text.slice(start, end < 0 ? undefined : end);
    const shown = new ShownLine(text, start, this.#partsFrom(start));
    this.#shown.set(line, shown);
    return shown;
  }

  /** From the first part that does not end before the offset. */
  *#partsFrom(offset: number): Iterable<VisiblePart> {
    let low = 0;
    let high = this.#parts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#parts[middle]?.span.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.#parts.length; i++) {
      const part = this.#parts[i];
      if (part !== undefined) yield part;
    }
  }
}

/** Where a stretch of a line is shown. */
interface Piece {
  readonly from: number;
  readonly column: number;
  readonly isMasked: boolean;
}

/** One line: names and values with what stands between them, up to what nobody vouches for. */
export class ShownLine {
  readonly text: string;
  readonly #start: number;
  readonly #pieces: readonly Piece[];

  /** @param start where the line begins in the text that the parts lie in */
  constructor(line: string, start: number, parts: Iterable<VisiblePart>) {
    const pieces: Piece[] = [];
    let shown = "";
    let offset = 0;
    const add = (end: number, isMasked: boolean) => {
      pieces.push({ from: offset, column: shown.length, isMasked });
      shown += isMasked ? MASK : line.slice(offset, end);
      offset = end;
    };
    for (const { span, isMasked } of parts) {
      const [from, to] = [span.start - start, Math.min(span.end - start, line.length)];
      if (from >= line.length) break;
      if (to <= offset) continue; // an alias stands where another value is shown already
      if (offset < from) add(harmlessEnd(line, offset, from), false);
      if (offset < from) break; // a comment, or what is not known to be harmless
      add(to, isMasked);
    }
    add(harmlessEnd(line, offset, line.length), false);
    this.text = shown;
    this.#start = start;
    this.#pieces = pieces;
  }

  /** How far from the left a place of the text is shown: masks are shorter than what they hide. */
  columnOf(offset: number): number {
    const place = offset - this.#start;
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#pieces[middle]?.from ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    const piece = this.#pieces[low];
    if (piece === undefined) return 0;
    const within = Math.max(0, place - piece.from);
    return Math.min(
      piece.column + (piece.isMasked ? Math.min(within, 1) : within),
      this.text.length,
    );
  }
}

function harmlessEnd(line: string, from: number, to: number): number {
  HARMLESS.lastIndex = from;
  HARMLESS.test(line);
  return Math.min(HARMLESS.lastIndex, to);
}
