/**
 * Places in a configuration: `providers[openai].models[gpt-4o].weight`, `extensions."a.b".c`,
 * `rules[0].id`, and the JSON Pointer beside it.
 *
 * @module
 */

import type { JsonPointer } from "@llmcfg/core";
import { memberPointer } from "@llmcfg/core";
import { ConfigError } from "../errors.ts";

/** One step: a member of an object, or an item of a list by its place or by its key. */
export type PathSegment =
  | { readonly type: "member"; readonly name: string }
  | { readonly type: "index"; readonly index: number }
  | { readonly type: "item"; readonly key: string };

const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const BARE = /[^.["]+/y;
const BRACKETED = /\[(?:("(?:[^"\\]|\\.)*")|([^\]"]+))\]/y;

/**
 * The steps of a path; none for the empty one.
 *
 * A number in brackets is a place; an item whose key looks like a number or holds `]` or `"` is
 * written as a JSON string: `rules["0"]`.
 *
 * @throws {ConfigError} `malformed_path`
 */
export function parseConfigPath(path: string): readonly PathSegment[] {
  const segments: PathSegment[] = [];
  let position = 0;
  while (position < path.length) {
    const isItem = path[position] === "[";
    if (!isItem && segments.length > 0 && path[position++] !== ".") throw malformed(path);
    const [segment, end] = isItem ? bracketAt(path, position) : memberAt(path, position);
    segments.push(segment);
    position = end;
  }
  return segments;
}

function bracketAt(path: string, position: number): readonly [PathSegment, number] {
  BRACKETED.lastIndex = position;
  const [all, quoted, bare = ""] = BRACKETED.exec(path) ?? [];
  if (all === undefined) throw malformed(path);
  const end = position + all.length;
  if (quoted !== undefined) return [{ type: "item", key: unquote(path, quoted) }, end];
  if (/^[0-9]+$/.test(bare)) return [{ type: "index", index: Number(bare) }, end];
  return [{ type: "item", key: bare }, end];
}

function memberAt(path: string, position: number): readonly [PathSegment, number] {
  const pattern = path[position] === '"' ? QUOTED : BARE;
  pattern.lastIndex = position;
  const [text] = pattern.exec(path) ?? [];
  if (text === undefined) throw malformed(path);
  const name = pattern === QUOTED ? unquote(path, text) : text;
  return [{ type: "member", name }, position + text.length];
}

function unquote(path: string, text: string): string {
  try {
    return JSON.parse(text) as string; // begins and ends with a quotation mark
  } catch {
    throw malformed(path);
  }
}

function malformed(path: string): ConfigError {
  return new ConfigError("malformed_path", `${JSON.stringify(path)} is not a path`, {
    hint: 'write for example providers[openai].weight or extensions."a.b"',
  });
}

/** The reverse of {@link parseConfigPath}. */
export function formatConfigPath(segments: readonly PathSegment[]): string {
  return segments.reduce((path, segment) => path + formatSegment(segment, path === ""), "");
}

function formatSegment(segment: PathSegment, isFirst: boolean): string {
  switch (segment.type) {
    case "member": {
      const { name } = segment;
      const text = name === "" || /[.["\]\\]/.test(name) ? JSON.stringify(name) : name;
      return isFirst ? text : `.${text}`;
    }
    case "index":
      return `[${segment.index}]`;
    case "item": {
      const isBare = /^[^\]"]+$/.test(segment.key) && !/^[0-9]+$/.test(segment.key);
      return isBare ? `[${segment.key}]` : `[${JSON.stringify(segment.key)}]`;
    }
  }
}

/** The pointer (RFC 6901) of steps that are members and places alone. */
export function formatPointer(steps: readonly (string | number)[]): JsonPointer {
  return steps.reduce<JsonPointer>((pointer, step) => memberPointer(pointer, step), "");
}

/** The steps of a pointer: place numbers stay text. The reverse of {@link formatPointer}. */
export function parsePointer(pointer: JsonPointer): readonly string[] {
  if (pointer === "") return [];
  const steps = pointer.slice(1).split("/");
  return steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
