import type { Located, Position, SourceFailure } from "@llmcfg/config";
import { type Format, parseText } from "@llmcfg/config/sources";
import { locateKey } from "./locate-bundle.ts";
import type { NamespaceReading } from "./namespace-reading.ts";

export type LocatedDocument =
  | { readonly state: "ok"; readonly tree: Located; readonly text: string | undefined }
  | SourceFailure;

/**
 * The layer that is the value of one key: an object as it is, a document as it parses, with line and
 * column.
 */
export function locateDocument(
  reading: NamespaceReading,
  key: string,
  url: string,
): LocatedDocument {
  const { values, redacted, meta } = reading.kept.bundle;
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (redacted.includes(key)) return failure("unreadable", `${url}#${key} is sensitive`);
  if (value === undefined) return failure("missing", `there is no ${url}#${key}`);
  if (typeof value === "object" && value !== null) {
    return { state: "ok", tree: locateKey(reading, key, url), text: undefined };
  }

  const format = formatOf(key);
  const { revision, layer, updatedBy: author, updatedAt: at } = meta[key] ?? NO_META;
  const about = { kind: "remote" as const, url, key, revision: `r${revision}`, layer, author, at };
  const place = (line: number, column: number): Position => ({ ...about, line, column });
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const parsed = parseText(text, { format, place });
  return parsed.state === "empty" ? failure("empty", `${url}#${key} is empty`) : parsed;
}

const NO_META = { revision: 0, layer: "", updatedBy: "", updatedAt: "" };

/** By the end of the key, as documents are told from other text; YAML takes JSON too. */
function formatOf(key: string): Format {
  if (key.endsWith(".toml")) return "toml";
  return key.endsWith(".json") ? "json" : "yaml";
}

function failure(state: "missing" | "empty" | "unreadable", message: string): SourceFailure {
  return { state, cause: new Error(message) };
}
