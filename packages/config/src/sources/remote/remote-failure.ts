/**
 * What keeps a remote source from answering, in words that quote nothing of what was exchanged.
 *
 * @module
 */

import { plainPosition } from "../../formats/text-position.ts";
import type { HttpAnswer } from "../../http/http-client.ts";
import type { Finding } from "../../validate/finding.ts";
import type { SourceFailure } from "../config-source.ts";
import type { Position } from "../located.ts";

/** A peer answered that these credentials may not read it. The message quotes nothing of them. */
export class AccessRefused extends Error {
  override readonly name = "AccessRefused";
}

/**
 * `unreadable` where the credentials are refused: somebody has to act. Of anything else nobody could
 * say what the source has, and it may pass by itself: `unreachable`.
 */
export function toFailure(error: unknown): SourceFailure {
  const cause = error instanceof Error ? error : new Error("it did not answer", { cause: error });
  return { state: cause instanceof AccessRefused ? "unreadable" : "unreachable", cause };
}

/** It is known that there is nothing. */
export function missing(message: string): SourceFailure {
  return { state: "missing", cause: new Error(message) };
}

export function emptyDocument(what: string): SourceFailure {
  return { state: "empty", cause: new Error(`${what} has no content: write {} to mean nothing`) };
}

/** An answer whose status says that it is not what was asked for. */
export function refusedBy(origin: string, { status }: Pick<HttpAnswer, "status">): Error {
  const text = `${origin} answered with status ${status}`;
  const isRefusal = status === 401 || status === 403;
  return isRefusal ? new AccessRefused(`${text}: are the credentials right?`) : new Error(text);
}

export function malformed(position: Position, code: string, message: string): Finding {
  const about = { kind: "schema_violation", severity: "error", path: "", pointer: "" } as const;
  return { ...about, code, message, position: plainPosition(position) };
}
