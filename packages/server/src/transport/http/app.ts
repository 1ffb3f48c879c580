import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Reason } from "@llmcfg/core";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import { z } from "zod";
import { type ExchangeDeps, registerExchange } from "./exchange.ts";
import { registerJsonBody } from "./json-body.ts";
import { registerReadyReads } from "./keep-ready.ts";
import { registerOpenApi } from "./openapi.ts";
import { registerProblems } from "./problem.ts";
import type { ReadyReads } from "./ready-reads.ts";
import { ROUTES } from "./routes.ts";
import { type HttpPart, parsePart } from "./schema-errors.ts";
import { serveReserved, serveTheRest } from "./serve.ts";
import { routedUrl } from "./target.ts";

export interface AppOptions {
  readonly log: FastifyBaseLogger;
  readonly version: string;
  /** How the outside reaches it; asked for each time, since the port may not be known yet. */
  readonly publicUrl: () => string;
  readonly exchange: ExchangeDeps;
  readonly readyReads: ReadyReads;
  /** Hears of each answer that a route gave, with the route's template and the time in seconds. */
  readonly onAnswer: (method: string, route: string, status: number, seconds: number) => void;
  /** Hears of each answer that is a problem. */
  readonly onProblem?: (reason: Reason) => void;
  /** Mounts the routes, each from the registry. */
  readonly routes: (app: FastifyInstance) => void;
}

export const MAX_BODY_BYTES: number = 8 * 1024 * 1024;

/** REST, not listening yet. */
export function buildApp(options: AppOptions): FastifyInstance {
  const { exchange, readyReads } = options;
  const app: FastifyInstance = Fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: (request) => exchange.ids.requestIdOf(request.headers["x-request-id"]),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 4_096 },
    rewriteUrl: (request) => routedUrl(request.url ?? "/"),
    frameworkErrors: (error, request, reply) => {
      app.errorHandler(error, request, reply);
    },
    serverFactory: (handle) => listenFirst(readyReads, handle),
  });
  app.setValidatorCompiler(({ schema, httpPart }) => toParser(schema, httpPart));
  app.setSerializerCompiler(serializerCompiler);
  registerProblems(app, options.publicUrl, options.onProblem);
  registerJsonBody(app);
  registerExchange(app, exchange);
  registerReadyReads(app, readyReads);
  app.addHook("onResponse", async (request, reply) => {
    if (request.routeOptions.config.entry === ROUTES.watch) return; // lasts as long as its reader
    const route = request.routeOptions.url ?? "none";
    options.onAnswer(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
  });
  registerOpenApi(app, options.version);
  app.after(() => {
    options.routes(app);
    serveReserved(app);
    serveTheRest(app);
  });
  return app;
}

/** The ready reads look at each request first; what they leave goes to the router. */
function listenFirst(
  readyReads: ReadyReads,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  return createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16 * 1024,
      noDelay: true,
    },
    (request, response) => {
      if (!readyReads.answer(request, response)) handle(request, response);
    },
  );
}

function toParser(schema: unknown, part: string | undefined): (input: unknown) => object {
  if (!(schema instanceof z.ZodType)) throw new TypeError("a route's schema must be zod's");
  return (input) => {
    try {
      return { value: parsePart(schema, input, (part ?? "body") as HttpPart) };
    } catch (error) {
      return { error };
    }
  };
}
