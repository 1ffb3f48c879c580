import type { OutgoingHttpHeaders } from "node:http";
import { LlmcfgError } from "@llmcfg/core";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ConfigStore } from "../../modules/configs/ports.ts";
import type { EnvironmentReader } from "../../modules/environments/ports.ts";
import type {
  EncodedMessage,
  WatchHub,
  WatchSelection,
  WatchSink,
  WatchStart,
} from "../../modules/watch/ports.ts";
import { callerOf } from "./exchange.ts";
import { parseRevision } from "./query.ts";
import { serve } from "./serve.ts";
import { SseSink, sseEncoder } from "./sse.ts";
import { WATCH_EVENTS } from "./watch-events.ts";
import { toNamespaces } from "./watch-selection.ts";

export interface WatchDeps {
  readonly hub: Pick<WatchHub, "subscribe">;
  readonly environments: EnvironmentReader;
  readonly store: Pick<ConfigStore, "headRevision">;
}

const MAX_SELECTORS = 256;

const WatchQuery = z.strictObject({
  env: z.string().min(1).optional(),
  service: z.string().min(1).optional(),
  prefix: z.string().max(1_024).optional(),
  /** `production/ml-service/inference/**`; repeats. */
  select: z.union([z.string(), z.array(z.string()).max(MAX_SELECTORS)]).optional(),
  from: z.string().optional(),
  view: z.enum(["effective", "raw"]).default("effective"),
  topics: z.literal("configs").default("configs"),
  include: z.literal("values").optional(),
});

/** `/v1/watch`: changes as server-sent events. */
export function watchRoutes(app: FastifyInstance, deps: WatchDeps): void {
  serve(app, "watch", {
    tag: "configs",
    query: WatchQuery,
    answers: { 200: z.string() },
    produces: ["text/event-stream"],
    events: WATCH_EVENTS,
    handle: async (request, reply) => {
      const { from, include, ...query } = request.query;
      const { env, service, prefix, select, view } = query;
      const start = startOf(request.headers["last-event-id"], from);
      const graph = await deps.environments.graph(callerOf(request).tenant);
      const namespaces = toNamespaces({ env, service, prefix, select, view }, graph);
      const selection = { namespaces, view, includeValues: include === "values" };
      if (request.method === "HEAD") return await answerHead(deps, request, reply, selection);
      await stream(deps, request, reply, { selection, start });
      return reply;
    },
  });
}

/**
 * The subscription begins before the header is sent, so that what is wrong with it is a problem
 * document; its first messages wait in the sink.
 */
async function stream(
  { hub, store }: WatchDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { selection, start }: { readonly selection: WatchSelection; readonly start: WatchStart },
): Promise<void> {
  const caller = callerOf(request);
  const revision = await store.headRevision(caller.tenant);
  const sink = new SseSink(reply.raw);
  const options = { caller, start, encoder: sseEncoder, sink };
  const subscription = await hub.subscribe(selection, options);

  reply.header("config-revision", String(revision)).hijack();
  sink.begin(headersOf(reply), () => subscription[Symbol.dispose]());
}

/** What a GET would be answered with, without the stream. */
async function answerHead(
  { hub }: WatchDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  selection: WatchSelection,
): Promise<FastifyReply> {
  const caller = callerOf(request);
  const options = { caller, start: undefined, encoder: sseEncoder, sink: new NoSink() };
  const subscription = await hub.subscribe(selection, options);
  subscription[Symbol.dispose]();
  return reply
    .headers({ "cache-control": "no-store", "x-accel-buffering": "no" })
    .type("text/event-stream")
    .send();
}

class NoSink implements WatchSink {
  send(_message: EncodedMessage): boolean {
    return true;
  }
  onDrain(): void {}
  close(): void {}
}

/**
 * `Last-Event-ID` wins over `from`. What a client kept and is no revision is told in the stream;
 * what somebody wrote into the query is refused.
 */
function startOf(header: string | string[] | undefined, from: string | undefined): WatchStart {
  const asked = from === undefined ? undefined : parseRevision(from);
  if (from !== undefined && asked === undefined) {
    const detail = "from must be a revision: 42 or r42";
    const errors = [{ pointer: "/from", code: "INVALID_ARGUMENT", detail }];
    throw new LlmcfgError("INVALID_ARGUMENT", `the query is not right: ${detail}`, { errors });
  }
  const kept = String(header ?? "");
  return kept === "" ? asked : (parseRevision(kept) ?? "invalid");
}

function headersOf(reply: FastifyReply): OutgoingHttpHeaders {
  const entries = Object.entries(reply.getHeaders());
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
