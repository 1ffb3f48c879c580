import { LlmcfgError } from "@llmcfg/core";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Namespace } from "../../modules/configs/ports.ts";
import type { EnvironmentReader } from "../../modules/environments/ports.ts";
import type { WatchHub, WatchSelection, WatchStart } from "../../modules/watch/ports.ts";
import { callerOf } from "./exchange.ts";
import { parseRevision } from "./query.ts";
import { serve } from "./serve.ts";
import { openSse, sseEncoder } from "./sse.ts";

export interface WatchDeps {
  readonly hub: Pick<WatchHub, "subscribe">;
  readonly environments: EnvironmentReader;
}

const MAX_SELECTORS = 256;

const WatchQuery = z.strictObject({
  env: z.string().optional(),
  service: z.string().optional(),
  prefix: z.string().max(1_024).optional(),
  /** `env/service/prefix`, in place of the three above; repeats. */
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
    handle: async (request, reply) => {
      const { query } = request;
      const start = startOf(request, query.from);
      const selection: WatchSelection = {
        namespaces: await namespacesOf(deps, request, query),
        view: query.view,
        includeValues: query.include === "values",
      };
      if (request.method === "HEAD") return reply.type("text/event-stream").send();
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
  { hub }: WatchDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { selection, start }: { readonly selection: WatchSelection; readonly start: WatchStart },
): Promise<void> {
  const sink = openSse(request, reply);
  const caller = callerOf(request);
  const options = { caller, start, encoder: sseEncoder, sink };
  const subscription = await hub.subscribe(selection, options);
  sink.begin(() => subscription[Symbol.dispose]());
}

/** `Last-Event-ID` wins over `from`; what is no revision is told in the stream, or refused. */
function startOf(request: FastifyRequest, from: string | undefined): WatchStart {
  const header = request.headers["last-event-id"];
  if (typeof header === "string" && header !== "") return parseRevision(header) ?? "invalid";
  if (from === undefined) return undefined;
  const revision = parseRevision(from);
  if (revision !== undefined) return revision;
  const errors = [{ pointer: "/from", code: "INVALID", detail: "must be a revision: 42 or r42" }];
  throw new LlmcfgError("INVALID_ARGUMENT", "the query is not right: from", { errors });
}

async function namespacesOf(
  deps: WatchDeps,
  request: FastifyRequest,
  query: z.output<typeof WatchQuery>,
): Promise<readonly Namespace[]> {
  const graph = await deps.environments.graph(callerOf(request).tenant);
  const canonical = (env: string) => graph.find(env)?.name ?? env;
  const { env, service, prefix = "", select } = query;
  const selectors = select === undefined ? [] : [select].flat();
  if (env === undefined && selectors.length === 0) throw missingEnv();

  const named = env === undefined ? [] : [{ env: canonical(env), service, prefix }];
  return [...named, ...selectors.map((text) => toNamespace(text, canonical))];
}

/** `production/ml-service/inference/`, also with `**` at its end. */
function toNamespace(text: string, canonical: (env: string) => string): Namespace {
  const [env = "", service, ...prefix] = text.replace(/\*\*$/, "").split("/");
  const isAll = service === undefined || service === "" || service === "*";
  return {
    env: canonical(env),
    service: isAll ? undefined : service,
    prefix: prefix.join("/"),
  };
}

function missingEnv(): LlmcfgError {
  const detail = "name the environment to watch, or use select";
  const errors = [{ pointer: "/env", code: "REQUIRED", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", `the query is not right: ${detail}`, { errors });
}
