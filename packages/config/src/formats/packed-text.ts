/**
 * What is said between `TextParser` and its worker thread.
 *
 * @module
 */

import type { Finding } from "../validate/finding.ts";
import { type FileName, FileText, filePlace } from "./file-position.ts";
import type { Limits } from "./limits.ts";
import { type PackedTree, packTree, unpackTree } from "./packed-tree.ts";
import { type Format, type ParsedText, parseText } from "./parse-text.ts";

export interface FileParseOptions extends FileName {
  readonly format: Format;
  readonly limits?: Partial<Limits> | undefined;
}

export interface ParseJob {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly options: FileParseOptions;
}

export interface ParseAnswer {
  readonly id: number;
  readonly text: PackedText;
}

export type PackedText =
  | { readonly state: "ok"; readonly tree: PackedTree; readonly text: string }
  | { readonly state: "empty" }
  | { readonly state: "malformed"; readonly findings: readonly Finding[] };

/** Parses in this thread. */
export function parseFile(bytes: Uint8Array, options: FileParseOptions): ParsedText {
  const { format, limits } = options;
  return parseText(bytes, { format, limits, place: filePlace(options) });
}

export function packText({ id, bytes, options }: ParseJob): ParseAnswer {
  const parsed = parseFile(bytes, options);
  if (parsed.state !== "ok") return { id, text: parsed };
  return { id, text: { state: "ok", tree: packTree(parsed.tree), text: parsed.text } };
}

/** The memory of an answer. */
export function buffersOf({ text }: ParseAnswer): ArrayBuffer[] {
  if (text.state !== "ok") return [];
  const { shapes, spans, names, nameIds, numbers, texts } = text.tree;
  return [shapes, spans, names.ends, nameIds, numbers, texts.ends].map(({ buffer }) => buffer);
}

export async function unpackText(packed: PackedText, name: FileName): Promise<ParsedText> {
  if (packed.state !== "ok") return packed;
  const tree = await unpackTree(packed.tree, new FileText(packed.text, name));
  return { state: "ok", tree, text: packed.text };
}
