import { LlmcfgError } from "@llmcfg/core";

/** More than any answer of ours: a page of the largest values, or the bundle of a large service. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * The body of an answer as text.
 *
 * @throws {LlmcfgError} `VALUE_TOO_LARGE` as soon as it is longer than `maxBytes`; the rest is not
 *   read
 */
export async function readText(response: Response, maxBytes: number = MAX_BYTES): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true }); // what was sent, no less
  const parts: string[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      const message = `the answer is longer than ${maxBytes} bytes`;
      throw new LlmcfgError("VALUE_TOO_LARGE", message, { limit: maxBytes });
    }
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  return parts.join("") + decoder.decode();
}
