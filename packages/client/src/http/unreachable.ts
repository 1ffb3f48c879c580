/**
 * Why no answer came, in words.
 *
 * @module
 */

import { LlmcfgError } from "@llmcfg/core";

/**
 * The error for a request that got no answer: `OFFLINE_MISS`, naming the address.
 *
 * What the runtime says about the failure may quote what was sent, so it is the cause alone.
 */
export function unreachable(addr: string, failure: unknown): LlmcfgError {
  const message = `cannot reach ${addr}: ${describe(codeOf(failure))}`;
  return new LlmcfgError("OFFLINE_MISS", message, { retryAfter: 1 }, { cause: failure });
}

/**
 * Whether the connection broke after it was there, so that another attempt may well succeed.
 *
 * It says nothing about what the server has done by then.
 */
export function isConnectionReset(failure: unknown): boolean {
  return RESETS.has(codeOf(failure) ?? "");
}

/** `fetch` throws a `TypeError` for both: one for a failure of the network has a cause. */
export function isMisuse(failure: unknown): boolean {
  return failure instanceof TypeError && failure.cause === undefined;
}

const RESETS: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection reset",
  UND_ERR_SOCKET: "the connection was closed before the answer was complete",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the host name cannot be looked up at the moment",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ETIMEDOUT: "the connection timed out",
  UND_ERR_CONNECT_TIMEOUT: "the connection timed out",
  UND_ERR_HEADERS_TIMEOUT: "the answer did not come in time",
  UND_ERR_BODY_TIMEOUT: "the answer did not come in time",
};

function describe(code: string | undefined): string {
  if (code === undefined) return "the request failed";
  return WORDS[code] ?? `the request failed with ${code}`;
}

/** The code of a failure or of what caused it; of the first where several addresses were tried. */
function codeOf(failure: unknown): string | undefined {
  if (!(failure instanceof Error)) return undefined;
  if ("code" in failure && typeof failure.code === "string") return failure.code;
  const ofEach = failure instanceof AggregateError ? failure.errors.map(codeOf) : [];
  return codeOf(failure.cause) ?? ofEach[0];
}
