/**
 * How values, versions and revisions look in text.
 *
 * @module
 */

import type { ItemType, Json } from "@llmcfg/core";

/** A value on its own: text as it is, the rest as JSON. */
export function bareValue(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A value in a cell: one line, text of documents by its length. */
export function cellValue(value: Json, type: ItemType, isRedacted: boolean): string {
  if (isRedacted) return "(sensitive)";
  if (type === "document" && typeof value === "string") return documentSummary(value);
  return bareValue(value);
}

export function documentSummary(text: string): string {
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return `(document, ${lines} ${lines === 1 ? "line" : "lines"})`;
}

export function shownVersion(version: number | null | undefined): string {
  return version === null || version === undefined || version === 0 ? "-" : `v${version}`;
}

export function shownRevision(revision: number | null | undefined): string {
  return revision === null || revision === undefined ? "-" : `r${revision}`;
}
