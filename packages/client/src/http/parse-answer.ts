import { LlmcfgError } from "@llmcfg/core";
import type { Answer } from "./answer.ts";
import type { Reply } from "./send.ts";

/**
 * Reads the JSON of an answer.
 *
 * @throws {LlmcfgError} `INTERNAL` where it is none: something else than our server answered
 */
export function parseAnswer<T>({ status, headers, text }: Reply): Answer<T> {
  return {
    status,
    // The wire types are the contract: the server checks what it sends against the same ones.
    body: parseBody(text) as T,
    raw: text,
    etag: headers.get("etag") ?? undefined,
    revision: revisionOf(headers),
    headers,
  };
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = "the answer is not JSON, so it is not from an llmcfg server";
    throw new LlmcfgError("INTERNAL", message, {}, { cause: error });
  }
}

function revisionOf(headers: Headers): number | undefined {
  const text = headers.get("config-revision") ?? "";
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
