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
      readonly realPath?: string;
    }
  | { readonly kind: "env"; readonly variable: string; readonly file?: string }
  | {
      readonly kind: "remote";
      readonly url: string;
      readonly key?: string;
      readonly revision?: string;
      readonly layer?: string;
      readonly author?: string;
      /** RFC 3339. */
      readonly at?: string;
      readonly line?: number;
      readonly column?: number;
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

export interface LocatedObject extends LocatedNode {
  readonly type: "object";
  readonly entries: ReadonlyMap<string, Located>;
  /** Where the names of the entries stand, as far as the source knows. */
  readonly names?: ReadonlyMap<string, LocatedNode> | undefined;
}

export interface LocatedArray extends LocatedNode {
  readonly type: "array";
  readonly items: readonly Located[];
}

export interface LocatedScalar extends LocatedNode {
  readonly type: "scalar";
  readonly value: string | number | boolean | null;
  /** The source text of a number, where it may matter: `1.10`, `017`. */
  readonly lexeme?: string | undefined;
  /** A handle that takes the place of the value: overrides may give one. */
  readonly secret?: SecretRef | undefined;
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
      const { url, key, revision, author } = position;
      const place = key === undefined ? url : `${url}#${key}`;
      const since = revision === undefined ? "" : ` @${revision}`;
      return `${place}${since}${author === undefined ? "" : ` by ${author}`}`;
    }
    case "override":
      return position.actor === undefined ? "overrides" : `set by ${position.actor}`;
  }
}
