/**
 * The forms that one entry is sent in: the envelope as JSON, or its value alone.
 *
 * @module
 */

import { isJsonObject, LlmcfgError } from "@llmcfg/core";
import type { FastifyRequest } from "fastify";
import type { ShownEntry } from "../../modules/configs/show-entry.ts";
import { negotiate } from "./accept.ts";
import { renderProperties } from "./render-properties.ts";
import { renderYaml } from "./render-yaml.ts";

export const ENTRY_FORMATS = [
  "application/json",
  "text/plain",
  "application/yaml",
  "text/x-java-properties",
] as const;

export type EntryFormat = (typeof ENTRY_FORMATS)[number];

/** @throws {LlmcfgError} `NOT_ACCEPTABLE` */
export function entryFormatOf({ headers }: FastifyRequest): EntryFormat {
  return negotiate(headers.accept, ENTRY_FORMATS);
}

/**
 * The value alone: text as it is, all else as JSON text; documents byte for byte.
 *
 * @throws {LlmcfgError} `NOT_ACCEPTABLE` where the form cannot hold such a value
 */
export function renderEntry(
  format: Exclude<EntryFormat, "application/json">,
  { value = null, type, winner }: ShownEntry,
): string {
  switch (format) {
    case "text/plain":
      return typeof value === "string" ? value : JSON.stringify(value);
    case "application/yaml":
      return type === "document" && winner.contentType === format && typeof value === "string"
        ? value
        : renderYaml(value);
    case "text/x-java-properties": {
      if (type === "document" && winner.contentType === format && typeof value === "string") {
        return value;
      }
      if (isJsonObject(value)) return renderProperties(Object.entries(value));
      const mediaTypes = ENTRY_FORMATS.filter((other) => other !== format);
      const message = `a value of type ${type} has no properties`;
      throw new LlmcfgError("NOT_ACCEPTABLE", message, { mediaTypes });
    }
  }
}
