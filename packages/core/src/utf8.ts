/**
 * Text as bytes.
 *
 * @module
 */

import { invalidArgument } from "./invalid-argument.ts";

/** How many bytes the text takes in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/**
 * The text that the bytes are in UTF-8. A byte order mark stays in it.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` where they are not well-formed UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalidArgument("the text is not well-formed UTF-8", { expected: "UTF-8", cause });
  }
}
