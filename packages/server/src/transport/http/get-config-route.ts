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
import { currentOf, isKnownToClient, type ReadState, setReadHeaders } from "./read-answer.ts";
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
        { signal: request.signal, isWanted: (closed) => isWanted(request, closed) },
      );
      if (!isSecretAsked(answer, query)) request.dependencies = answer.dependencies;
      const isImmutable = isRevision(query.at);
      return sendEntry(request, reply, { answer, reveal: query.reveal, isImmutable });
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
  const answer = await getVersion(deps, query, {
    signal: request.signal,
    isWanted: (closed) => isWanted(request, closed),
  });
  return sendEntry(request, reply, { answer, reveal, isImmutable: !answer.entry.isSensitive });
}

/** Whether a plaintext would be sent: nothing is opened, nor on record, for a 304 or a 412. */
function isWanted(request: FastifyRequest, closed: EntryAnswer): boolean {
  return !isKnownToClient(request, stateOf(request, closed, { reveal: true }));
}

interface Sending {
  readonly answer: EntryAnswer;
  readonly reveal: boolean;
  readonly isImmutable: boolean;
}

function sendEntry(
  request: FastifyRequest,
  reply: FastifyReply,
  { answer, reveal, isImmutable }: Sending,
): FastifyReply {
  const format = entryFormatOf(request);
  const state = stateOf(request, answer, { reveal });
  const isBare = format !== "application/json" && !isKnownToClient(request, state);
  const rendered = isBare ? renderEntry(format, answer.entry) : undefined;
  const isForever = isImmutable && !answer.entry.isSensitive;
  const isRevealed = isSecretAsked(answer, { reveal });
  const about = { ...state, isRevealed, isImmutable: isForever };
  if (setReadHeaders(request, reply, about)) return reply.code(304).send();
  if (rendered === undefined) return reply.send(toEntry(answer));
  return reply
    .type(`${format}; charset=utf-8`)
    .serializer((body: unknown) => String(body)) // it is text already
    .send(rendered);
}

function stateOf(
  request: FastifyRequest,
  answer: EntryAnswer,
  query: { readonly reveal: boolean },
): ReadState {
  const { revision, entry } = answer;
  const format = ENTRY_TAGS[entryFormatOf(request)];
  const etag = `${answer.etag}.${format}${isSecretAsked(answer, query) ? "r" : ""}`;
  return { revision, etag, current: currentOf(entry) };
}

/** Whether the representation is the one with the plaintext, also where it need not be sent. */
function isSecretAsked({ entry }: EntryAnswer, { reveal }: { readonly reveal: boolean }): boolean {
  return entry.isSensitive && reveal;
}

const ENTRY_TAGS = {
  "application/json": "j",
  "text/plain": "t",
  "application/yaml": "y",
  "text/x-java-properties": "p",
} as const;
