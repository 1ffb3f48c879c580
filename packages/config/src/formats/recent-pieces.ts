import { YamlPieces } from "./yaml-pieces.ts";

/** How many characters of text are remembered, of all files together. */
const MAX_LENGTH = 8 * 1024 * 1024;

/** Remembers the pieces of the files that were parsed last, so that a change of one costs little. */
export class RecentPieces {
  readonly #maxLength: number;
  /** The file that was parsed last is the last one. */
  readonly #files = new Map<string, YamlPieces>();

  constructor(maxLength: number = MAX_LENGTH) {
    this.#maxLength = maxLength;
  }

  /** What is known of a file, to parse it with; the files that are the longest unused are forgotten. */
  of(file: string): YamlPieces {
    const pieces = this.#files.get(file) ?? new YamlPieces();
    this.#files.delete(file);
    this.#shrink();
    this.#files.set(file, pieces);
    return pieces;
  }

  #shrink(): void {
    let length = 0;
    for (const pieces of this.#files.values()) length += pieces.length;
    for (const [file, pieces] of this.#files) {
      if (length <= this.#maxLength) return;
      length -= pieces.length;
      this.#files.delete(file);
    }
  }
}
