import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ReadyReads } from "./ready-reads.ts";

/** Headers of an answer that are the same each time it is given. */
const LASTING = [
  "content-type",
  "etag",
  "vary",
  "cache-control",
  "content-location",
  "x-content-type-options",
  "referrer-policy",
] as const;

/**
 * Keeps the answers to plain reads ready.
 *
 * A handler says that its answer may be kept by setting `request.dependencies`: only where it
 * depends on nothing but the URL, the rights of the caller and those keys.
 */
export function registerReadyReads(app: FastifyInstance, readyReads: ReadyReads): void {
  app.addHook("onSend", async (request, reply, payload) => {
    if (!isPlain(request, reply) || typeof payload !== "string") return;
    const { caller, dependencies } = request;
    if (caller === undefined || dependencies === undefined) return;
    readyReads.keep({
      url: request.raw.url ?? "",
      tenant: caller.tenant,
      accessKey: caller.access.key,
      readAt: Number(reply.getHeader("config-revision")),
      dependencies,
      headers: LASTING.flatMap((name) => headerOf(reply, name)),
      body: Buffer.from(payload),
    });
    reply.headers({ "cache-status": "l1; fwd=miss; stored", age: "0" });
  });
}

function isPlain(request: FastifyRequest, reply: FastifyReply): boolean {
  const { accept } = request.headers;
  const isJson = accept === undefined || accept === "*/*" || accept === "application/json";
  return (
    request.method === "GET" && reply.statusCode === 200 && isJson && !request.url.includes("?")
  );
}

function headerOf(reply: FastifyReply, name: string): readonly (readonly [string, string])[] {
  const value = reply.getHeader(name);
  return typeof value === "string" ? [[name, value]] : [];
}
