import { LlmcfgError } from "@llmcfg/core";
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { z } from "zod";
import { RESERVED_ROUTES, ROUTES, type RouteEntry, type RouteId, templatesOf } from "./routes.ts";

/** A request whose query and body the route's schemas have parsed. */
export type Served<Q, B> = FastifyRequest & { readonly query: Q; readonly body: B };

export interface RouteOptions<Q extends z.ZodType, B extends z.ZodType> {
  readonly tag: string;
  /** Default: no parameters. One that the schema does not name is refused. */
  readonly query?: Q;
  /** Default: no body. */
  readonly body?: B;
  /** By status; bodies in JSON. A string that is sent leaves as it is. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /** Default: JSON alone. Where JSON is among several, the others are text made from the same. */
  readonly produces?: readonly string[];
  /** Of a stream: the JSON that its events hold, by `type`. */
  readonly events?: Readonly<Record<string, z.ZodType>>;
  readonly handle: (
    request: Served<z.output<Q>, z.output<B>>,
    reply: FastifyReply,
  ) => Promise<unknown>;
}

const NoParameters = z.strictObject({});

/** Mounts a route of the registry, wherever the registry says it is served. */
export function serve<
  Q extends z.ZodType = typeof NoParameters,
  B extends z.ZodType = z.ZodUndefined,
>(app: FastifyInstance, id: RouteId, options: RouteOptions<Q, B>): void {
  const entry: RouteEntry = ROUTES[id];
  for (const template of templatesOf(entry)) {
    const isCanonical = template.startsWith("/v1") || entry.isAtRoot === true;
    app.route({
      method: entry.method,
      url: toFastify(template),
      exposeHeadRoute: entry.method === "GET",
      config: { entry, ...(options.events === undefined ? {} : { events: options.events }) },
      schema: {
        operationId: id,
        summary: entry.summary,
        ...(isCanonical ? { tags: [options.tag] } : {}), // an alias is not documented twice
        ...(options.produces === undefined ? {} : { produces: [...options.produces] }),
        querystring: options.query ?? NoParameters,
        ...(options.body === undefined ? {} : { body: options.body }),
        response: options.answers,
      },
      // The schemas above have parsed both; Fastify's own type does not know of it.
      handler: (request, reply) =>
        options.handle(request as unknown as Served<z.output<Q>, z.output<B>>, reply),
    });
  }
}

/** Mounts what is specified and not built: it says so, once the caller is known. */
export function serveReserved(app: FastifyInstance): void {
  for (const entry of RESERVED_ROUTES) {
    for (const template of templatesOf(entry)) {
      app.route({
        method: entry.method,
        url: toFastify(template),
        exposeHeadRoute: entry.method === "GET",
        config: { entry },
        handler: async () => {
          const message = `${entry.method} ${template} is specified and not built yet`;
          throw new LlmcfgError("NOT_IMPLEMENTED", message, {});
        },
      });
    }
  }
}

/** Answers what no route takes: 405 where the path is known under another method, else 404. */
export function serveTheRest(app: FastifyInstance): void {
  app.setNotFoundHandler(async (request, reply) => {
    const allow = methodsOf(request.url);
    if (allow.length === 0) {
      throw new LlmcfgError("NOT_FOUND", "there is no such route", { resource: "route" });
    }
    if (request.method === "OPTIONS") {
      return reply.code(204).header("allow", allow.join(", ")).send();
    }
    const message = `${request.method} is not a method of this path`;
    throw new LlmcfgError("METHOD_NOT_ALLOWED", message, { allow });
  });
}

const ALL: readonly RouteEntry[] = [...Object.values(ROUTES), ...RESERVED_ROUTES];
const PATTERNS = ALL.flatMap((entry) =>
  templatesOf(entry).map((template) => ({ method: entry.method, pattern: toPattern(template) })),
);

function methodsOf(url: string): readonly HTTPMethods[] {
  const [path = ""] = url.split("?", 1);
  const found = new Set<HTTPMethods>();
  for (const { method, pattern } of PATTERNS) {
    if (!pattern.test(path)) continue;
    found.add(method);
    if (method === "GET") found.add("HEAD");
  }
  return found.size === 0 ? [] : [...found, "OPTIONS"];
}

/** `/v1/configs/{env}/{service}/{key}` as Fastify writes it. */
function toFastify(template: string): string {
  return template.replace(/\{key\}$/, "*").replaceAll(/\{(\w+)\}/g, ":$1");
}

function toPattern(template: string): RegExp {
  const source = template
    .replaceAll(".", "\\.")
    .replace(/\{key\}$/, ".+")
    .replaceAll(/\{\w+\}/g, "[^/]+");
  return new RegExp(`^${source}$`);
}
