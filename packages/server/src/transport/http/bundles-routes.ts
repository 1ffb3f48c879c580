import { type Json, LlmcfgError } from "@llmcfg/core";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { matchesAny } from "../../modules/configs/etag.ts";
import { type BundleView, type GetBundle, getBundle } from "../../modules/configs/get-bundle.ts";
import type { KeptFor, SharedBundle } from "../../modules/configs/shared-bundles.ts";
import { toBundle } from "../../modules/configs/to-wire.ts";
import { negotiate } from "./accept.ts";
import type { ConfigsDeps } from "./configs-deps.ts";
import { EncodedBundles } from "./encoded-bundles.ts";
import { callerOf } from "./exchange.ts";
import { Flag } from "./query.ts";
import { requireMatch, setReadHeaders } from "./read-answer.ts";
import { READ_POINT, toReadPoint } from "./read-query.ts";
import { renderDotenv } from "./render-dotenv.ts";
import { renderProperties } from "./render-properties.ts";
import { renderYaml } from "./render-yaml.ts";
import { BundleSchema } from "./schemas.ts";
import { serve } from "./serve.ts";
import { tagsOf } from "./write-request.ts";

const FORMATS = [
  "application/json",
  "application/yaml",
  "text/x-java-properties",
  "text/x-dotenv",
] as const;

type Format = (typeof FORMATS)[number];

const TAGS: Readonly<Record<Format, string>> = {
  "application/json": "j",
  "application/yaml": "y",
  "text/x-java-properties": "p",
  "text/x-dotenv": "d",
};

const BundleQuery = z.strictObject({
  ...READ_POINT,
  prefix: z.string().default(""),
  shape: z.enum(["flat", "nested"]).default("flat"),
  meta: Flag,
  reveal: Flag,
  references: z.enum(["expand", "keep"]).default("expand"),
});

/** `/v1/bundles/{env}/{service}`: all effective values in one document; `wait` is a long poll. */
export function bundlesRoutes(app: FastifyInstance, deps: ConfigsDeps): void {
  const encoded = new EncodedBundles();
  serve(app, "getBundle", {
    tag: "configs",
    query: BundleQuery,
    answers: { 200: BundleSchema },
    produces: FORMATS,
    handle: async (request, reply) => {
      const format = negotiate(request.headers.accept, FORMATS);
      const query = toQuery(request, request.query);
      const bundle = await readChanged(deps, request, { query, format });
      return send(request, reply, { query, format, bundle, encoded });
    },
  });
}

function toQuery(request: FastifyRequest, asked: z.output<typeof BundleQuery>): GetBundle {
  const { prefix, shape, meta, reveal, references } = asked;
  return {
    caller: callerOf(request),
    namespace: { env: request.target?.env ?? "", service: request.target?.service, prefix },
    ...toReadPoint(request, asked),
    shape,
    withMeta: meta,
    reveal,
    references,
  };
}

interface Asked {
  readonly query: GetBundle;
  readonly format: Format;
}

/**
 * The bundle, once it is another one than the client has or the time to wait is over.
 *
 * Nothing is revealed before it is known to be another one, and to be the one that `If-Match` is
 * about, so nothing is on record but what is sent.
 */
async function readChanged(
  deps: ConfigsDeps,
  request: FastifyRequest,
  asked: Asked,
): Promise<SharedBundle> {
  const { query, format } = asked;
  const { caller, namespace, reveal } = query;
  const known = tagsOf(request, "if-none-match");
  const hasMatch = tagsOf(request, "if-match") !== undefined;
  if (known === undefined && !hasMatch)
    return await getBundle(deps, query, { signal: request.signal });

  const waitMs = query.at === undefined ? (query.waitMs ?? 0) : 0;
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(waitMs)]);
  for (;;) {
    const bundle = await getBundle(deps, { ...query, reveal: false });
    const { view, kept } = bundle;
    const isRevealed = reveal && view.redacted.length > 0;
    const etag = tagOf({ ...view, isRevealed }, format);
    requireMatch(request, { revision: view.readAt, etag });
    const isKnown = known !== undefined && matchesAny(known, etag);
    if (!isKnown) return reveal ? await getBundle(deps, query) : bundle;
    if (waitMs === 0 || signal.aborted) return { view: { ...view, isRevealed }, kept }; // 304: no body leaves
    await deps.hub.changed(caller, namespace, view.hash, signal);
  }
}

function tagOf({ etag, revealedEtag, isRevealed }: BundleView, format: Format): string {
  return isRevealed ? `${revealedEtag}.${TAGS[format]}r` : `${etag}.${TAGS[format]}`;
}

interface Sending extends Asked {
  readonly bundle: SharedBundle;
  readonly encoded: EncodedBundles;
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { query, format, bundle: { view, kept }, encoded }: Sending,
): FastifyReply {
  const { readAt: revision, isRevealed } = view;
  const etag = tagOf(view, format);
  const isForever = query.at !== undefined && "revision" in query.at;
  const isImmutable = isForever && view.entries.every(({ isSensitive }) => !isSensitive);
  const isKnown = setReadHeaders(request, reply, { revision, etag, isRevealed, isImmutable });
  if (kept !== undefined) setKeptHeaders(reply, kept);
  if (isKnown) return reply.code(304).send();
  const encode = () => {
    if (format !== "application/json") return render(format, view);
    const json = reply.serialize(toBundle(view, query));
    if (typeof json !== "string") throw new TypeError("JSON was not serialised to text");
    return json;
  };
  return reply.type(`${format}; charset=utf-8`).send(encoded.bytesOf(view, format, encode));
}

/** Says that nothing was read for this answer (RFC 9211). */
function setKeptHeaders(reply: FastifyReply, { ageMs, ttlMs }: KeptFor): void {
  reply.headers({
    "cache-status": `l1; hit; ttl=${Math.ceil(ttlMs / 1_000)}`,
    age: String(Math.floor(ageMs / 1_000)),
    "server-timing": `l1;dur=${reply.elapsedTime.toFixed(3)}`,
  });
}

/** @throws {LlmcfgError} `REVEAL_REQUIRED`: nothing in these forms could say what is left out */
function render(format: Exclude<Format, "application/json">, view: BundleView): string {
  const [first] = view.redacted;
  if (first !== undefined) {
    throw new LlmcfgError("REVEAL_REQUIRED", `${first} is sensitive`, {});
  }
  const values: Iterable<readonly [string, Json]> = view.flat;
  switch (format) {
    case "application/yaml":
      return renderYaml(view.values);
    case "text/x-java-properties":
      return renderProperties(values);
    case "text/x-dotenv":
      return renderDotenv(values);
  }
}
