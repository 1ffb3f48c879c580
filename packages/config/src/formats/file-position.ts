/**
 * Positions in files: all that is kept of one is an offset until somebody asks for line and column.
 *
 * @module
 */

import { resolve } from "node:path";
import type { Position, Span } from "../sources/located.ts";
import { LineIndex } from "./line-index.ts";
import type { Place } from "./tree-builder.ts";

/** Names the file that positions lead into. */
export interface FileName {
  readonly file: string;
  /** Behind symbolic links. */
  readonly realPath: string;
}

type PlainFilePosition = Position & { readonly kind: "file" };

/** Makes positions in a file out of lines and columns. */
export function filePlace({ file, realPath }: FileName): Place {
  const real = realPath === resolve(file) ? {} : { realPath };
  return (line, column) => ({ kind: "file", file, line, column, ...real });
}

/** A text whose lines are counted when they are first asked for. */
export class FileText {
  readonly text: string;
  readonly #place: Place;
  #lines: LineIndex | undefined;

  constructor(text: string, name: FileName) {
    this.text = text;
    this.#place = filePlace(name);
  }

  positionAt(offset: number): PlainFilePosition {
    this.#lines ??= new LineIndex(this.text);
    const { line, column } = this.#lines.at(offset);
    return this.#place(line, column) as PlainFilePosition; // as filePlace makes them
  }
}

/**
 * A place in a {@link FileText}, and the span that begins there: one object for both, of which a large
 * file has very many. What it says of lines is computed: what is handed out is made a plain object by
 * {@link plainPosition}, so that it can be copied and compared.
 */
export class FilePosition implements Span {
  readonly start: number;
  readonly end: number;
  readonly #text: FileText;

  constructor(text: FileText, start: number, end: number) {
    this.#text = text;
    this.start = start;
    this.end = end;
  }

  get kind(): "file" {
    return "file";
  }

  get file(): string {
    return this.toJSON().file;
  }

  get line(): number {
    return this.toJSON().line;
  }

  get column(): number {
    return this.toJSON().column;
  }

  get realPath(): string | undefined {
    return this.toJSON().realPath;
  }

  toJSON(): PlainFilePosition {
    return this.#text.positionAt(this.start);
  }
}

export function plainPosition(position: Position): Position {
  return position instanceof FilePosition ? position.toJSON() : position;
}
