import { extname } from "node:path";
import { ConfigError } from "../errors.ts";
import type { Located, LocatedObject } from "../sources/located.ts";
import type { Finding } from "../validate/finding.ts";
import { parseJson } from "./json.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { LineIndex } from "./line-index.ts";
import { notUtf8 } from "./not-utf8.ts";
import { type PackedTree, SHAPE } from "./packed-tree.ts";
import { parseToml } from "./toml.ts";
import { MalformedText, type Place, TreeBuilder } from "./tree-builder.ts";
import { packTree } from "./tree-writer.ts";
import { type PlacedText, unpackTree } from "./unpack-tree.ts";
import { parseYaml } from "./yaml.ts";
import { parseYamlBlocks } from "./yaml-blocks.ts";
import { YamlPieces } from "./yaml-pieces.ts";

/** A language that configuration files are written in. */
export type Format = "yaml" | "toml" | "json";

/** How a text is parsed, and by what name its positions are told. */
export interface ParseOptions {
  readonly format: Format;
  /** Makes the position of a line and column, both from 1. */
  readonly place: Place;
  readonly limits?: Partial<Limits> | undefined;
}

/** What a text is: a tree with positions, nothing, or malformed. */
export type ParsedText =
  | { readonly state: "ok"; readonly tree: LocatedObject; readonly text: string }
  | { readonly state: "empty" }
  | { readonly state: "malformed"; readonly findings: readonly Finding[] };

export type PackedText =
  | { readonly state: "ok"; readonly tree: PackedTree; readonly text: string }
  | Exclude<ParsedText, { readonly state: "ok" }>;

/**
 * Reads a document: bytes must be UTF-8, a byte order mark is removed. Every fault that does not
 * hide what comes after it is found; none of them quotes a value.
 */
export function parseText(content: Uint8Array | string, options: ParseOptions): ParsedText {
  return unpackText(parsePacked(content, options), options.place);
}

export function unpackText(packed: PackedText, place: Place): ParsedText {
  if (packed.state !== "ok") return packed;
  const { tree, text } = packed;
  return { state: "ok", tree: requireObject(unpackTree(tree, placedText(text, place))), text };
}

/**
 * As {@link parseText}, the tree in flat arrays.
 *
 * @param pieces what is remembered of the text before; what is not remembered is parsed
 */
export function parsePacked(
  content: Uint8Array | string,
  options: ParseOptions,
  pieces: YamlPieces = new YamlPieces(),
): PackedText {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  try {
    const text = decode(content, options.place, limits);
    return parseWith(text, options, { limits, pieces });
  } catch (error) {
    if (error instanceof MalformedText) return { state: "malformed", findings: error.findings };
    throw error;
  }
}

interface Reading {
  readonly limits: Limits;
  readonly pieces: YamlPieces;
}

function parseWith(text: string, { format, place }: ParseOptions, reading: Reading): PackedText {
  const builder = new TreeBuilder(text, place, reading.limits);
  const tree = parseBy(PARSERS[format], text, { builder, reading });
  if (builder.findings.length > 0) return { state: "malformed", findings: builder.findings };
  if (tree === undefined) return { state: "empty" };
  if (isObject(tree)) return { state: "ok", tree, text };
  return refuse(place, "not_a_mapping", "the top level is not a mapping of keys to values");
}

interface Parsing {
  readonly builder: TreeBuilder;
  readonly reading: Reading;
}

function parseBy(parser: Parser, text: string, { builder, reading }: Parsing) {
  try {
    return parser(text, builder, reading);
  } catch (error) {
    if (error instanceof RangeError) throw builder.refuseDepth(error); // its stack
    throw error;
  }
}

type Parser = (text: string, builder: TreeBuilder, reading: Reading) => PackedTree | undefined;

const PARSERS: Readonly<Record<Format, Parser>> = {
  yaml: parseQuickly,
  toml: parseToml,
  json: parseJson,
};

/** What is no plain document, and whatever is wrong, is told by the whole grammar. */
function parseQuickly(text: string, builder: TreeBuilder, { limits, pieces }: Reading) {
  const tree = parseYamlBlocks(text, limits, pieces);
  pieces.endText();
  return tree ?? parseWholeYaml(text, builder);
}

export function parseWholeYaml(text: string, builder: TreeBuilder): PackedTree | undefined {
  const tree = parseYaml(text, builder);
  return tree === undefined ? undefined : packTree(tree);
}

function isObject({ shapes: [root = SHAPE.null] }: PackedTree): boolean {
  return root >= 0 && root % 2 === 0;
}

/** {@link parsePacked} lets no other tree through. */
export function requireObject(tree: Located): LocatedObject {
  if (tree.type === "object") return tree;
  throw new TypeError("the top level is not a mapping");
}

function placedText(text: string, place: Place): PlacedText {
  const lines = new LineIndex(text);
  const placeOf = (start: number, end: number) => {
    const { line, column } = lines.at(start);
    return { at: place(line, column), span: { start, end } };
  };
  return { text, placeOf };
}

function decode(content: Uint8Array | string, place: Place, { maxBytes }: Limits): string {
  const bytes = typeof content === "string" ? Buffer.byteLength(content) : content.length;
  if (bytes > maxBytes) throw new MalformedText([tooLarge(place, bytes, maxBytes)]);
  if (typeof content === "string") return content.replace(/^\ufeff/, "");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content); // drops a byte order mark
  } catch {
    const { message, line, column } = notUtf8(content);
    throw new MalformedText([
      { ...findingOf(place, "not_utf8", message), position: place(line, column) },
    ]);
  }
}

/** What is wrong with content above the limit. */
export function tooLarge(place: Place, bytes: number | bigint, maxBytes: number): Finding {
  const message = `there are ${bytes} bytes: expected at most ${maxBytes}`;
  return findingOf(place, "too_large", message);
}

function refuse(place: Place, code: string, message: string): PackedText {
  return { state: "malformed", findings: [findingOf(place, code, message)] };
}

function findingOf(place: Place, code: string, message: string): Finding {
  const about = { kind: "schema_violation", severity: "error", path: "", pointer: "" } as const;
  return { ...about, code, message, position: place(1, 1) };
}

const EXTENSIONS: ReadonlyMap<string, Format> = new Map([
  [".yaml", "yaml"],
  [".yml", "yaml"],
  [".toml", "toml"],
  [".json", "json"],
  ["", "yaml"],
]);

/**
 * The format that the extension of a file name stands for; YAML where there is none.
 *
 * @throws {ConfigError} `unsupported_extension`
 */
export function formatOf(path: string): Format {
  const format = findFormat(path);
  if (format !== undefined) return format;
  const extension = extname(path);
  throw new ConfigError(
    "unsupported_extension",
    `${path} has the extension ${extension}, which is no configuration format`,
    { hint: "use .yaml, .yml, .toml or .json, or name the format" },
  );
}

/** As {@link formatOf}; nothing where the extension is that of no format. */
export function findFormat(path: string): Format | undefined {
  return EXTENSIONS.get(extname(path).toLowerCase());
}

/** Whether a text without extension is something else than YAML: a binary, or `NAME=value` lines. */
export function isOtherFile(text: string): boolean {
  if (text.includes("\0")) return true;
  const lines = text.split("\n").filter((line) => !/^\s*(#|$)/.test(line));
  return lines.length > 0 && lines.every((line) => ASSIGNMENT.test(line));
}

const ASSIGNMENT = /^\s*(export\s+)?[A-Za-z_][A-Za-z0-9_]*=/;
