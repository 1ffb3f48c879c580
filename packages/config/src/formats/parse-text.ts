import { extname } from "node:path";
import { ConfigError } from "../errors.ts";
import type { LocatedObject } from "../sources/located.ts";
import type { Finding } from "../validate/finding.ts";
import { parseJson } from "./json.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { parseToml } from "./toml.ts";
import { MalformedText, type Place, TreeBuilder } from "./tree-builder.ts";
import { parseYaml } from "./yaml.ts";

export type Format = "yaml" | "toml" | "json";

export interface ParseOptions {
  readonly format: Format;
  /** Makes the position of a line and column, both from 1. */
  readonly place: Place;
  readonly limits?: Partial<Limits> | undefined;
}

export type ParsedText =
  | { readonly state: "ok"; readonly tree: LocatedObject; readonly text: string }
  | { readonly state: "empty" }
  | { readonly state: "malformed"; readonly findings: readonly Finding[] };

/**
 * Reads a document: bytes must be UTF-8, a byte order mark is removed. Every fault that does not
 * hide what comes after it is found; none of them quotes a value.
 */
export function parseText(content: Uint8Array | string, options: ParseOptions): ParsedText {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  try {
    const text = decode(content, options.place, limits);
    return parseWith(text, options, limits);
  } catch (error) {
    if (error instanceof MalformedText) return { state: "malformed", findings: error.findings };
    if (error instanceof RangeError)
      return refuse(options.place, "too_deep", "it is nested too deep"); // the parser's stack
    throw error;
  }
}

function parseWith(text: string, { format, place }: ParseOptions, limits: Limits): ParsedText {
  const builder = new TreeBuilder(text, place, limits);
  const tree = PARSERS[format](text, builder);
  if (builder.findings.length > 0) return { state: "malformed", findings: builder.findings };
  if (tree === undefined) return { state: "empty" };
  if (tree.type === "object") return { state: "ok", tree, text };
  return refuse(place, "not_a_mapping", "the top level is not a mapping of keys to values");
}

const PARSERS = { yaml: parseYaml, toml: parseToml, json: parseJson } as const;

function decode(content: Uint8Array | string, place: Place, { maxBytes }: Limits): string {
  const bytes = typeof content === "string" ? Buffer.byteLength(content) : content.length;
  if (bytes > maxBytes) throw new MalformedText([tooLarge(place, bytes, maxBytes)]);
  if (typeof content === "string") return content.replace(/^\ufeff/, "");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content); // drops a byte order mark
  } catch {
    throw new MalformedText([findingOf(place, "not_utf8", "the text is not UTF-8")]);
  }
}

/** What is wrong with content above the limit. */
export function tooLarge(place: Place, bytes: number | bigint, maxBytes: number): Finding {
  const message = `there are ${bytes} bytes: expected at most ${maxBytes}`;
  return findingOf(place, "too_large", message);
}

function refuse(place: Place, code: string, message: string): ParsedText {
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
