import type { Revision } from "@llmcfg/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import { matchesAny } from "../../modules/configs/etag.ts";
import { canonicalPath, pathOf } from "./target.ts";
import { tagsOf } from "./write-request.ts";

export interface ReadAnswer {
  /** The revision the answer reflects. */
  readonly revision: Revision;
  /** Of the representation that is sent, without quotes. */
  readonly etag: string;
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
 */
export function setReadHeaders(
  request: FastifyRequest,
  reply: FastifyReply,
  { revision, etag, isRevealed, isImmutable }: ReadAnswer,
): boolean {
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
  const tags = tagsOf(request, "if-none-match");
  return tags !== undefined && matchesAny(tags, etag);
}

/** The canonical URL, where the request was for another name of it. */
function setContentLocation(request: FastifyRequest, reply: FastifyReply): void {
  if (request.target === undefined) return;
  const path = canonicalPath(request.target);
  if (pathOf(request.raw.url ?? "") !== path) reply.header("content-location", path);
}
