import { type CurrentState, LlmcfgError, type Revision } from "@llmcfg/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import { coreOf, matchesAny, satisfiesIfMatch } from "../../modules/configs/etag.ts";
import type { ShownEntry } from "../../modules/configs/show-entry.ts";
import { canonicalPath, pathOf } from "./target.ts";
import { tagsOf } from "./write-request.ts";

/** What is read, as preconditions see it. */
export interface ReadState {
  /** The revision the answer reflects. */
  readonly revision: Revision;
  /** Of the representation that is sent, without quotes. */
  readonly etag: string;
  /** Of one entry: what a stale reader is told of it. */
  readonly current?: Omit<CurrentState, "etag"> | undefined;
}

export interface ReadAnswer extends ReadState {
  /** Whether there is the plaintext of a secret in it. */
  readonly isRevealed: boolean;
  /** Whether the same request has this answer for ever. */
  readonly isImmutable: boolean;
}

/**
 * Sets what a read of configuration says beside its body.
 *
 * @returns whether the client has the representation already, so that 304 without a body is all
 *   there is to send
 * @throws {LlmcfgError} `ETAG_MISMATCH` where the request has an `If-Match` that does not hold
 */
export function setReadHeaders(
  request: FastifyRequest,
  reply: FastifyReply,
  { revision, etag, isRevealed, isImmutable, current }: ReadAnswer,
): boolean {
  const isKnown = isKnownToClient(request, { revision, etag, current });
  reply.headers({
    "config-revision": String(revision),
    "config-state": "FRESH",
    etag: `"${etag}"`,
    vary: "Accept",
    // The one store answers; what is kept ready is answered before any route and says so.
    "cache-status": request.url.includes("?") ? "l1; fwd=request" : "l1; fwd=miss",
    age: "0",
    "server-timing": `origin;dur=${reply.elapsedTime.toFixed(3)}`,
  });
  if (isRevealed) reply.header("cache-control", "no-store");
  else if (isImmutable) reply.header("cache-control", "private, immutable, max-age=31536000");
  setContentLocation(request, reply);
  return isKnown;
}

/**
 * Whether the client has the representation already, by `If-None-Match`.
 *
 * @throws {LlmcfgError} `ETAG_MISMATCH` where the request has an `If-Match` that does not hold
 */
export function isKnownToClient(request: FastifyRequest, state: ReadState): boolean {
  requireMatch(request, state);
  const tags = tagsOf(request, "if-none-match");
  return tags !== undefined && matchesAny(tags, state.etag);
}

/**
 * Lets a read pass whose `If-Match`, if it has one, is a tag of what is there now: of any
 * representation of it, as for writes.
 *
 * @throws {LlmcfgError} `ETAG_MISMATCH` with the present state
 * @see RFC 9110, sections 13.1.1 and 13.2.2
 */
export function requireMatch(
  request: FastifyRequest,
  { revision, etag, current = { version: 0, layer: null, revision } }: ReadState,
): void {
  const tags = tagsOf(request, "if-match");
  if (tags === undefined || satisfiesIfMatch(tags, coreOf(etag))) return;
  const { target, url } = request;
  const path = target === undefined ? pathOf(url) : canonicalPath(target);
  const message = `${path} is not what you read`;
  const details = { errors: [], current: { ...current, etag: `"${etag}"` } };
  throw new LlmcfgError("ETAG_MISMATCH", message, details);
}

/** What a stale reader is told of an entry. */
export function currentOf({ winner, newest }: ShownEntry): Omit<CurrentState, "etag"> {
  return { version: newest.version, layer: winner.ref.env, revision: newest.revision };
}

/** The canonical URL, where the request was for another name of it. */
function setContentLocation(request: FastifyRequest, reply: FastifyReply): void {
  if (request.target === undefined) return;
  const path = canonicalPath(request.target);
  if (pathOf(request.raw.url ?? "") !== path) reply.header("content-location", path);
}
