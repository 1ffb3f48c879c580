import { LineIndex } from "./line-index.ts";

/** Why bytes are no UTF-8, and the line and column, both from 1, where that is seen. */
export interface NotUtf8 {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The first byte that does not belong to UTF-8, of bytes that a decoder has refused.
 *
 * The column counts what is well-formed before it, without a byte order mark. O(n log n).
 */
export function notUtf8(bytes: Uint8Array): NotUtf8 {
  if (isUtf16(bytes)) {
    return { message: "the text is UTF-16: save it as UTF-8", line: 1, column: 1 };
  }
  const text = wellFormedStart(bytes);
  return { message: "the text is not UTF-8 from here", ...new LineIndex(text).at(text.length) };
}

/** Whether its byte order mark is one of those that UTF-16 begins with. */
function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** All characters before the first bad byte: no longer part of the bytes can be decoded. */
function wellFormedStart(bytes: Uint8Array): string {
  let text = "";
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const decoded = decodeStart(bytes.subarray(0, middle));
    if (decoded === undefined) high = middle - 1;
    else {
      low = middle;
      text = decoded;
    }
  }
  return text;
}

/** Without a character that only begins at the end; nothing where a byte is bad. */
function decodeStart(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
