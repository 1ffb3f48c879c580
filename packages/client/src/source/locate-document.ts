import type { SourceFailure } from "@llmcfg/config";
import {
  type Format,
  parseText,
  type SourceContent,
  type SourceDocument,
  type SourceReadContext,
} from "@llmcfg/config/sources";
import { locateKey } from "./locate-bundle.ts";
import type { NamespaceReading } from "./namespace-reading.ts";

export type LocatedDocument =
  | ({ readonly state: "ok" } & Pick<SourceContent, "tree" | "texts" | "reread">)
  | SourceFailure;

export interface DocumentPlace {
  readonly key: string;
  /** Of the namespace. */
  readonly url: string;
}

/**
 * The layer that is the value of one key: an object as it is, a document as it parses, with line and
 * column.
 *
 * @param parse of the loader; without it the document is parsed in this turn
 * @throws {ConfigError} `stopped` where the loader is closed meanwhile
 */
export async function locateDocument(
  reading: NamespaceReading,
  { key, url }: DocumentPlace,
  parse: SourceReadContext["parse"],
): Promise<LocatedDocument> {
  const { values, redacted, meta } = reading.kept.bundle;
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (redacted.includes(key)) return failure("unreadable", `${url}#${key} is sensitive`);
  if (value === undefined) return failure("missing", `there is no ${url}#${key}`);
  if (typeof value === "object" && value !== null) {
    return { state: "ok", tree: locateKey(reading, key, url) };
  }

  const format = formatOf(key);
  const { revision, layer, updatedBy: author, updatedAt: at } = meta[key] ?? NO_META;
  const about = { kind: "remote" as const, url, key, revision: `r${revision}`, layer, author, at };
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const document = { bytes: new TextEncoder().encode(text), format, at: about };
  const parsed = parse === undefined ? parseHere(document) : await parse(document);
  return parsed.state === "empty" ? failure("empty", `${url}#${key} is empty`) : parsed;
}

const NO_META = { revision: 0, layer: "", updatedBy: "", updatedAt: "" };

function parseHere({ bytes, format, at }: SourceDocument): LocatedDocument | { state: "empty" } {
  const place = (line: number, column: number) => ({ ...at, line, column });
  const parsed = parseText(bytes, { format, place });
  if (parsed.state !== "ok") return parsed;
  const texts = new Map([[`${at.url}#${at.key}`, parsed.text]]);
  return { state: "ok", tree: parsed.tree, texts };
}

/** By the end of the key, as documents are told from other text; YAML takes JSON too. */
function formatOf(key: string): Format {
  if (key.endsWith(".toml")) return "toml";
  return key.endsWith(".json") ? "json" : "yaml";
}

function failure(state: "missing" | "empty" | "unreadable", message: string): SourceFailure {
  return { state, cause: new Error(message) };
}
