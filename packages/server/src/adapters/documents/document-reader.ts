import { type Format, parseText } from "@llmcfg/config/sources";
import type { DocumentFault, DocumentReader } from "../../modules/configs/ports.ts";

/** Tells what is wrong with YAML 1.2, TOML 1.0 and JSON (RFC 8259), whatever stands in it. */
export const documentReader: DocumentReader = {
  faultIn(text: string, contentType: string): DocumentFault | undefined {
    const [mediaType = ""] = contentType.split(";", 1);
    const format = FORMATS.get(mediaType.trim().toLowerCase());
    if (format === undefined || text.trim() === "") return undefined;
    const parsed = parseText(text, { format, place });
    if (parsed.state !== "malformed") return undefined;
    const fault = parsed.findings.find(({ code }) => FAULTS.has(code));
    if (fault?.position?.kind !== "file") return undefined;
    const { line, column } = fault.position;
    const detail = fault.code === "duplicate_key" ? "a key is repeated" : fault.message;
    return { language: LANGUAGES[format], detail, line, column };
  },
};

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
