/**
 * What is wrong with a text in a language of documents.
 *
 * @module
 */

import { type Format, parseText } from "@llmcfg/config/sources";
import type { DocumentFault } from "../../modules/configs/ports.ts";

/** The language of a content type; `undefined` where it is none of YAML, TOML and JSON. */
export function formatOf(contentType: string): Format | undefined {
  const [mediaType = ""] = contentType.split(";", 1);
  return FORMATS.get(mediaType.trim().toLowerCase());
}

/**
 * The first fault of a text in YAML 1.2, TOML 1.0 or JSON (RFC 8259), whatever stands in it. Takes
 * 20 ms for 64 Ki characters of JSON, a second and more for as much YAML.
 */
export function findFault(text: string, format: Format): DocumentFault | undefined {
  if (text.trim() === "") return undefined;
  const parsed = parseText(text, { format, place });
  if (parsed.state !== "malformed") return undefined;
  const fault = parsed.findings.find(({ code }) => FAULTS.has(code));
  if (fault?.position?.kind !== "file") return undefined;
  const { line, column } = fault.position;
  const detail = fault.code === "duplicate_key" ? "a key is repeated" : fault.message;
  return { language: LANGUAGES[format], detail, line, column };
}

const FORMATS: ReadonlyMap<string, Format> = new Map([
  ["application/yaml", "yaml"],
  ["application/x-yaml", "yaml"],
  ["text/yaml", "yaml"],
  ["application/toml", "toml"],
  ["application/json", "json"],
]);

const LANGUAGES: Readonly<Record<Format, string>> = { yaml: "YAML", toml: "TOML", json: "JSON" };

/** Other findings are about configuration files: a document may be a list, or several of them. */
const FAULTS: ReadonlySet<string> = new Set(["parse_error", "duplicate_key"]);

function place(line: number, column: number) {
  return { kind: "file", file: "", line, column } as const;
}
