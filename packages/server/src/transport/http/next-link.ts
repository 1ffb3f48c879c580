import type { FastifyReply, FastifyRequest } from "fastify";
import { canonicalPath, pathOf } from "./target.ts";

/** `Link: <…>; rel="next"`, where there is a next page (RFC 8288). */
export function setNextLink(
  request: FastifyRequest,
  reply: FastifyReply,
  cursor: string | undefined,
): void {
  if (cursor === undefined) return;
  const { target, url } = request;
  const path = target === undefined ? pathOf(url) : canonicalPath(target);
  const query = new URLSearchParams(url.slice(pathOf(url).length));
  query.set("cursor", cursor);
  reply.header("link", `<${path}?${query.toString()}>; rel="next"`);
}
