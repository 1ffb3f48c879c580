/**
 * What is said between `TextParser` and its worker thread.
 *
 * @module
 */

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
import { lazyPlaces, nameOf, placeIn, type TextOrigin } from "./text-position.ts";
import { unpackInSlices } from "./unpack-tree.ts";

/** How a text is parsed, and where it comes from. Can be sent to another thread. */
export interface TextParseOptions {
  readonly format: Format;
  readonly origin: TextOrigin;
  readonly limits?: Partial<Limits> | undefined;
  /**
   * Whether its pieces may be kept for the next time; default true. Of a text that is no longer the
   * newest they are of no use, and those of a secret are nobody's to keep.
   */
  readonly mayRemember?: boolean | undefined;
}

export interface ParseJob {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly options: TextParseOptions;
}

export interface ParseAnswer {
  readonly id: number;
  readonly text: PackedText;
}

/** Parses in this thread; `recent` remembers texts for the next time. */
export function parseHere(
  bytes: Uint8Array,
  options: TextParseOptions,
  recent?: RecentPieces,
): ParsedText {
  return unpackText(pack(bytes, options, recent), placeIn(options.origin));
}

/** Parses as a job for another thread. */
export function answerJob(job: ParseJob, recent: RecentPieces): ParseAnswer {
  return { id: job.id, text: pack(job.bytes, job.options, recent) };
}

function pack(
  bytes: Uint8Array,
  { format, origin, limits, mayRemember = true }: TextParseOptions,
  recent: RecentPieces | undefined,
): PackedText {
  const isRemembered = format === "yaml" && mayRemember;
  const pieces = isRemembered ? recent?.of(nameOf(origin)) : undefined;
  return parsePacked(bytes, { format, limits, place: placeIn(origin) }, pieces);
}

/** The memory of an answer. */
export function buffersOf({ text }: ParseAnswer): ArrayBuffer[] {
  if (text.state !== "ok") return [];
  const { shapes, spans, names, nameIds, nameSpans, numbers, texts } = text.tree;
  const arrays = [shapes, spans, names.ends, nameIds, nameSpans, numbers, texts.ends];
  return arrays.map(({ buffer }) => buffer);
}

/** As the thread that asked takes it over; other work goes on in between. */
export async function unpackAnswer(packed: PackedText, origin: TextOrigin): Promise<ParsedText> {
  if (packed.state !== "ok") return packed;
  const { text } = packed;
  const placeAt = lazyPlaces(text, origin);
  const placeOf = (start: number, end: number) => {
    const at = placeAt(start, end);
    return { at, span: at };
  };
  const tree = await unpackInSlices(packed.tree, { text, placeOf });
  return { state: "ok", tree: requireObject(tree), text };
}
