import { type KeyRef, LlmcfgError } from "@llmcfg/core";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type EntryAnswer, getEntry } from "../../modules/configs/get-entry.ts";
import { getVersion } from "../../modules/configs/get-version.ts";
import type { PastState } from "../../modules/configs/read-point.ts";
import { toEntry } from "../../modules/configs/to-wire.ts";
import type { ConfigsDeps } from "./configs-deps.ts";
import { ENTRY_FORMATS, entryFormatOf, renderEntry } from "./entry-formats.ts";
import { callerOf } from "./exchange.ts";
import { Flag, VersionParam } from "./query.ts";
import { currentOf, setReadHeaders } from "./read-answer.ts";
import { READ_POINT, toReadPoint } from "./read-query.ts";
import { EntrySchema } from "./schemas.ts";
import { serve } from "./serve.ts";
import { requireKey } from "./target.ts";

const EntryQuery = z.strictObject({
  ...READ_POINT,
  version: VersionParam.optional(),
  reveal: Flag,
  layers: Flag,
  references: z.enum(["expand", "keep"]).optional(),
});

const VersionQuery = z.strictObject({ version: VersionParam, reveal: Flag });

/** One key: its effective value, or one version of the own item. */
export function getConfigRoute(app: FastifyInstance, deps: ConfigsDeps): void {
  serve(app, "getConfig", {
    tag: "configs",
    query: EntryQuery,
    answers: { 200: EntrySchema },
    produces: ENTRY_FORMATS,
    handle: async (request, reply) => {
      const { query } = request;
      const ref = requireKey(request.target);
      if (query.version !== undefined) {
        requireVersionAlone(query);
        const asked = { ...query, version: query.version };
        return await answerVersion(deps, request, reply, { ref, ...asked });
      }
      const format = entryFormatOf(request);
      const answer = await getEntry(
        deps,
        {
          caller: callerOf(request),
          ref,
          ...toReadPoint(request, query),
          reveal: query.reveal,
          references: query.references ?? "expand",
          withLayers: query.layers,
          isBare: format !== "application/json",
        },
        { signal: request.signal },
      );
      if (!answer.isRevealed) request.dependencies = answer.dependencies;
      return sendEntry(request, reply, { answer, isImmutable: isRevision(query.at) });
    },
  });
  serve(app, "getVersion", {
    tag: "configs",
    query: VersionQuery,
    answers: { 200: EntrySchema },
    produces: ENTRY_FORMATS,
    handle: async (request, reply) =>
      await answerVersion(deps, request, reply, {
        ref: requireKey(request.target),
        ...request.query,
      }),
  });
}

function isRevision(at: PastState | undefined): boolean {
  return at !== undefined && "revision" in at;
}

/** A version is of the own item: it has no layers, and is the same at any time. */
function requireVersionAlone(query: z.output<typeof EntryQuery>): void {
  if (query.at === undefined && !query.layers && query.references === undefined) return;
  const detail = "version= goes with none of at=, layers= and references=";
  const errors = [{ pointer: "/version", code: "CONTRADICTION", detail }];
  throw new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}

async function answerVersion(
  deps: ConfigsDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: { readonly ref: KeyRef; readonly version: number; readonly reveal: boolean },
): Promise<FastifyReply> {
  const { ref, version, reveal } = asked;
  const isBare = entryFormatOf(request) !== "application/json";
  const query = { caller: callerOf(request), ref, version, reveal, isBare };
  const answer = await getVersion(deps, query, { signal: request.signal });
  return sendEntry(request, reply, { answer, isImmutable: !answer.entry.isSensitive });
}

function sendEntry(
  request: FastifyRequest,
  reply: FastifyReply,
  { answer, isImmutable }: { readonly answer: EntryAnswer; readonly isImmutable: boolean },
): FastifyReply {
  const format = entryFormatOf(request);
  const rendered = format === "application/json" ? undefined : renderEntry(format, answer.entry);
  const etag = `${answer.etag}.${ENTRY_TAGS[format]}${answer.isRevealed ? "r" : ""}`;
  const { revision, isRevealed } = answer;
  const isForever = isImmutable && !answer.entry.isSensitive;
  const current = currentOf(answer.entry);
  const about = { revision, etag, isRevealed, isImmutable: isForever, current };
  if (setReadHeaders(request, reply, about)) return reply.code(304).send();
  if (rendered === undefined) return reply.send(toEntry(answer));
  return reply
    .type(`${format}; charset=utf-8`)
    .serializer((body: unknown) => String(body)) // it is text already
    .send(rendered);
}

const ENTRY_TAGS = {
  "application/json": "j",
  "text/plain": "t",
  "application/yaml": "y",
  "text/x-java-properties": "p",
} as const;
