/**
 * Values with the position of every node, and where positions lead.
 *
 * @module
 */

import type { ConfigPath } from "../schema/config-types.ts";
import type { SecretRef } from "../values/secret-ref.ts";

/** Where a value comes from. Lines and columns count from 1; columns in UTF-16 code units. */
export type Position =
  | { readonly kind: "default"; readonly derivedFrom?: ConfigPath }
  | {
      readonly kind: "file";
      readonly file: string;
      readonly line: number;
      readonly column: number;
      /** Behind symbolic links, where it differs. */
      readonly realPath?: string | undefined;
    }
  | { readonly kind: "env"; readonly variable: string; readonly file?: string }
  | {
      readonly kind: "remote";
      readonly url: string;
      readonly key?: string | undefined;
      readonly revision?: string | undefined;
      readonly layer?: string | undefined;
      readonly author?: string | undefined;
      /** RFC 3339. */
      readonly at?: string | undefined;
      readonly line?: number | undefined;
      readonly column?: number | undefined;
    }
  | { readonly kind: "override"; readonly actor?: string; readonly at: string };

/** Offsets in the text of the source: from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A value with the position of every node: what a source delivers. */
export type Located = LocatedObject | LocatedArray | LocatedScalar;

interface LocatedNode {
  readonly at: Position;
  /** Where the source is a text. */
  readonly span?: Span | undefined;
}

/** An object with the position of every member. */
export interface LocatedObject extends LocatedNode {
  readonly type: "object";
  readonly entries: ReadonlyMap<string, Located>;
  /** Where the names of the entries stand, as far as the source knows. */
  readonly names?: ReadonlyMap<string, LocatedNode> | undefined;
  /**
   * From a store of single keys: where the schema has a list, the names are places (`0`, `1`, …) or
   * keys of items, which are patched.
   */
  readonly isRaw?: true | undefined;
}

/** A list with the position of every item. */
export interface LocatedArray extends LocatedNode {
  readonly type: "array";
  readonly items: readonly Located[];
}

/** A single value with its position, and how it was written. */
export interface LocatedScalar extends LocatedNode {
  readonly type: "scalar";
  readonly value: string | number | boolean | null;
  /** The source text of a number, where it may matter: `1.10`, `017`. */
  readonly lexeme?: string | undefined;
  /** A number of JSON: where text is meant it is written in quotes, and a number is none. */
  readonly isNoText?: true | undefined;
  /** A handle that takes the place of the value: overrides may give one. */
  readonly secret?: SecretRef | undefined;
  /** Text from outside, as of a variable: the kind of the field decides what it means. */
  readonly isRaw?: true | undefined;
}

/**
 * The name of the text that a position may lead into, as in `SourceContent.texts`: a file, or the
 * URL of a document with its key: `http://127.0.0.1:8500#llm/gateway.yaml`.
 */
export function textOf(position: Position & { readonly kind: "file" | "remote" }): string {
  if (position.kind === "file") return position.file;
  return position.key === undefined ? position.url : `${position.url}#${position.key}`;
}

/** For people: `gateway.yaml:7:5`, `GATEWAY_SERVER__PORT`, `https://llmcfg/v1#routing/policy`. */
export function formatPosition(position: Position): string {
  switch (position.kind) {
    case "default":
      return position.derivedFrom === undefined ? "schema" : `derived from ${position.derivedFrom}`;
    case "file":
      return `${position.file}:${position.line}:${position.column}`;
    case "env":
      return position.file === undefined
        ? position.variable
        : `${position.variable} (${position.file})`;
    case "remote": {
      const { line, column, revision, author } = position;
      const text = textOf(position);
      const place = line === undefined ? text : `${text}:${line}:${column}`;
      const since = revision === undefined ? "" : ` @${revision}`;
      return `${place}${since}${author === undefined ? "" : ` by ${author}`}`;
    }
    case "override":
      return position.actor === undefined ? "overrides" : `set by ${position.actor}`;
  }
}
