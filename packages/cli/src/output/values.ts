/**
 * How values, versions and revisions look in text.
 *
 * @module
 */

import { formatAge, type ItemType, type Json } from "@llmcfg/core";
import type { Entry } from "@llmcfg/protocol";
import type { Io } from "../io.ts";

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

/** An instant in a cell: whole where the output is read by a program, as an age at a terminal. */
export function shownTime(at: string, { columns }: Pick<Io, "columns">): string {
  return columns === undefined ? at : formatAge(Date.now() - Date.parse(at));
}

/** What is there, in a cell. */
export function shownEntry({ value, type, redacted }: Entry): string {
  return cellValue(value, type, redacted);
}
