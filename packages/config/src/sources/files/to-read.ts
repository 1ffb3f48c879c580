/**
 * What a set of files amounts to as the read of a source.
 *
 * @module
 */

import type { SourceFailure } from "../config-source.ts";
import type { SeenPath } from "../seen-path.ts";
import type { ReadFile } from "./file-reader.ts";

/** The failure with what was looked at, so that the change which mends it is noticed. */
export function toFailure(read: {
  readonly failure: SourceFailure;
  readonly seen: readonly SeenPath[];
}): SourceFailure {
  return { ...read.failure, seen: read.seen };
}

/** The texts that positions lead into. */
export function toTexts(files: readonly ReadFile[]): ReadonlyMap<string, string> {
  return new Map(files.map(({ path, text }) => [path, text]));
}
