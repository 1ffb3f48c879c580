/**
 * Texts that are kept for later as bytes. A string lies in the heap of the engine for as long as
 * anything refers to it, where each heap snapshot shows it; bytes do not.
 *
 * @module
 */

/** A text of which nothing shows: what is kept of the past may hold secrets that were literals. */
export interface HiddenText {
  readonly encoding: "utf8" | "utf16le";
  readonly bytes: Uint8Array;
}

/** Whatever the text is, halves of surrogate pairs too. O(length). */
export function hideText(text: string): HiddenText {
  const encoding = text.isWellFormed() ? "utf8" : "utf16le";
  const bytes = new Uint8Array(new ArrayBuffer(Buffer.byteLength(text, encoding))); // of nobody else
  Buffer.from(bytes.buffer).write(text, encoding);
  return { encoding, bytes };
}

/** The text again, for the moment. O(length). */
export function showText({ encoding, bytes: { buffer, byteOffset, length } }: HiddenText): string {
  return Buffer.from(buffer, byteOffset, length).toString(encoding);
}
