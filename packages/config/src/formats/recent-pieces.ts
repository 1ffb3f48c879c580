import { YamlPieces } from "./yaml-pieces.ts";

/** How many characters of text are remembered, of all names together. */
const MAX_LENGTH = 8 * 1024 * 1024;

/** Remembers the pieces of the texts that were parsed last, so that a change of one costs little. */
export class RecentPieces {
  readonly #maxLength: number;
  /** By name; the text that was parsed last is the last one. */
  readonly #texts = new Map<string, YamlPieces>();

  constructor(maxLength: number = MAX_LENGTH) {
    this.#maxLength = maxLength;
  }

  /** What is known of a text, to parse it with; those that are the longest unused are forgotten. */
  of(name: string): YamlPieces {
    const pieces = this.#texts.get(name) ?? new YamlPieces();
    this.#texts.delete(name);
    this.#shrink();
    this.#texts.set(name, pieces);
    return pieces;
  }

  #shrink(): void {
    let length = 0;
    for (const pieces of this.#texts.values()) length += pieces.length;
    for (const [name, pieces] of this.#texts) {
      if (length <= this.#maxLength) return;
      length -= pieces.length;
      this.#texts.delete(name);
    }
  }
}
