/**
 * Positions in texts: all that is kept of one is an offset until somebody asks for line and column.
 *
 * @module
 */

import { resolve } from "node:path";
import { type Position, type Span, textOf } from "../sources/located.ts";
import { LineIndex } from "./line-index.ts";
import type { Place } from "./tree-builder.ts";

/** Where a text comes from: what its positions say beside line and column. */
export type TextOrigin = FileOrigin | RemoteOrigin;

/** Names the file that positions lead into. */
export interface FileOrigin {
  readonly kind: "file";
  readonly file: string;
  /** Behind symbolic links. */
  readonly realPath: string;
}

/** The document that positions lead into, as a whole. */
export type RemoteOrigin = Position & { readonly kind: "remote" };

type FilePosition = Position & { readonly kind: "file" };

/** Makes positions out of lines and columns. */
export function placeIn(origin: TextOrigin): Place {
  if (origin.kind === "remote") return (line, column) => ({ ...origin, line, column });
  const { kind, file, realPath } = origin;
  const real = realPath === resolve(file) ? {} : { realPath };
  return (line, column) => ({ kind, file, line, column, ...real });
}

/** What the text is called, whatever it says: a path, or a URL with its key. */
export function nameOf(origin: TextOrigin): string {
  return origin.kind === "file" ? origin.file : textOf(origin);
}

/**
 * A place in a text, and the span that begins there: one object for both, of which a large text has
 * very many. What it says of lines is computed: what is handed out is made a plain object by
 * {@link plainPosition} and {@link plainSpan}, so that it can be copied and compared.
 */
export type LazyPosition = LazyFilePosition | LazyRemotePosition;

/** Makes the positions of one text. */
export function lazyPlaces(
  text: string,
  origin: TextOrigin,
): (start: number, end: number) => LazyPosition {
  if (origin.kind === "remote") {
    const lines = new LazyLines(text, origin);
    return (start, end) => new LazyRemotePosition(lines, start, end);
  }
  const lines = new LazyLines(text, origin);
  return (start, end) => new LazyFilePosition(lines, start, end);
}

/** A text whose lines are counted when they are first asked for. */
class LazyLines<O extends TextOrigin> {
  readonly origin: O;
  readonly #text: string;
  readonly #place: Place;
  #lines: LineIndex | undefined;

  constructor(text: string, origin: O) {
    this.origin = origin;
    this.#text = text;
    this.#place = placeIn(origin);
  }

  positionAt(offset: number): Position {
    this.#lines ??= new LineIndex(this.#text);
    const { line, column } = this.#lines.at(offset);
    return this.#place(line, column);
  }
}

class LazyFilePosition implements Span {
  readonly start: number;
  readonly end: number;
  readonly #lines: LazyLines<FileOrigin>;

  constructor(lines: LazyLines<FileOrigin>, start: number, end: number) {
    this.#lines = lines;
    this.start = start;
    this.end = end;
  }

  get kind(): "file" {
    return "file";
  }

  get file(): string {
    return this.#lines.origin.file;
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

  toJSON(): FilePosition {
    return this.#lines.positionAt(this.start) as FilePosition; // as placeIn makes them of a file
  }
}

class LazyRemotePosition implements Span {
  readonly start: number;
  readonly end: number;
  readonly #lines: LazyLines<RemoteOrigin>;

  constructor(lines: LazyLines<RemoteOrigin>, start: number, end: number) {
    this.#lines = lines;
    this.start = start;
    this.end = end;
  }

  get kind(): "remote" {
    return "remote";
  }

  get url(): string {
    return this.#lines.origin.url;
  }

  get key(): string | undefined {
    return this.#lines.origin.key;
  }

  get revision(): string | undefined {
    return this.#lines.origin.revision;
  }

  get layer(): string | undefined {
    return this.#lines.origin.layer;
  }

  get author(): string | undefined {
    return this.#lines.origin.author;
  }

  get at(): string | undefined {
    return this.#lines.origin.at;
  }

  get line(): number | undefined {
    return this.toJSON().line;
  }

  get column(): number | undefined {
    return this.toJSON().column;
  }

  toJSON(): RemoteOrigin {
    return this.#lines.positionAt(this.start) as RemoteOrigin; // as placeIn makes them of one
  }
}

/** The position by itself: it holds nothing of its text. */
export function plainPosition(position: Position): Position {
  return isLazy(position) ? position.toJSON() : position;
}

/** The span by itself. */
export function plainSpan(span: Span): Span {
  return isLazy(span) ? { start: span.start, end: span.end } : span;
}

/** Whether it holds the text that it leads into. */
export function isLazy(place: object): place is LazyPosition {
  return place instanceof LazyFilePosition || place instanceof LazyRemotePosition;
}
