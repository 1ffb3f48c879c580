/**
 * What is said between `TextParser` and its worker thread.
 *
 * @module
 */

import { type FileName, FilePosition, FileText, filePlace } from "./file-position.ts";
import type { Limits } from "./limits.ts";
import {
  type Format,
  type PackedText,
  type ParsedText,
  parsePacked,
  requireObject,
  unpackText,
} from "./parse-text.ts";
import type { RecentPieces } from "./recent-pieces.ts";
import { unpackInSlices } from "./unpack-tree.ts";

export interface FileParseOptions extends FileName {
  readonly format: Format;
  readonly limits?: Partial<Limits> | undefined;
  /** It is not what the file holds now: nothing of it is remembered for the next time. */
  readonly isOfPast?: boolean | undefined;
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

/** Parses in this thread; `recent` remembers files for the next time. */
export function parseFile(
  bytes: Uint8Array,
  options: FileParseOptions,
  recent?: RecentPieces,
): ParsedText {
  return unpackText(packFile(bytes, options, recent), filePlace(options));
}

/** Parses as a job for another thread. */
export function answerJob(job: ParseJob, recent: RecentPieces): ParseAnswer {
  return { id: job.id, text: packFile(job.bytes, job.options, recent) };
}

function packFile(
  bytes: Uint8Array,
  options: FileParseOptions,
  recent: RecentPieces | undefined,
): PackedText {
  const isRemembered = options.format === "yaml" && options.isOfPast !== true;
  const pieces = isRemembered ? recent?.of(options.file) : undefined;
  return parsePacked(bytes, { ...options, place: filePlace(options) }, pieces);
}

/** The memory of an answer. */
export function buffersOf({ text }: ParseAnswer): ArrayBuffer[] {
  if (text.state !== "ok") return [];
  const { shapes, spans, names, nameIds, nameSpans, numbers, texts } = text.tree;
  const arrays = [shapes, spans, names.ends, nameIds, nameSpans, numbers, texts.ends];
  return arrays.map(({ buffer }) => buffer);
}

/** As the thread that asked takes it over; other work goes on in between. */
export async function unpackAnswer(packed: PackedText, name: FileName): Promise<ParsedText> {
  if (packed.state !== "ok") return packed;
  const { text } = packed;
  const file = new FileText(text, name);
  const placeOf = (start: number, end: number) => {
    const at = new FilePosition(file, start, end);
    return { at, span: at };
  };
  const tree = await unpackInSlices(packed.tree, { text, placeOf });
  return { state: "ok", tree: requireObject(tree), text };
}
