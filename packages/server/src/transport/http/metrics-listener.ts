import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { LlmcfgError, type Problem, toProblem } from "@llmcfg/core";
import type { CredentialHeaders } from "./exchange.ts";
import { toListenFailure } from "./listen-failure.ts";
import { METRICS_TYPE, type MetricsDeps } from "./metrics-routes.ts";
import type { RequestIds } from "./request-ids.ts";
import { pathOf } from "./target.ts";

export interface MetricsListenerOptions extends MetricsDeps {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly ids: RequestIds;
  /** How the outside reaches the API, which has the pages of errors. */
  readonly publicUrl: () => string;
  /** Hears why an answer failed, where nobody asked for it. */
  readonly onFailure: (error: unknown) => void;
}

export interface MetricsListener extends AsyncDisposable {
  /** `http://127.0.0.1:9100/metrics` */
  readonly url: string;
}

/**
 * Serves `GET /metrics` on an address of its own, and nothing else.
 *
 * Disposing it lets open answers finish, within a second.
 */
export async function listenMetrics(options: MetricsListenerOptions): Promise<MetricsListener> {
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 16 * 1024 },
    (request, response) => void answer(request, response, options),
  );
  await listening(server, options);
  return {
    url: urlOf(server),
    [Symbol.asyncDispose]: () => closed(server),
  };
}

async function listening(
  server: Server,
  { host, port }: Pick<MetricsListenerOptions, "host" | "port">,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(port, host, resolve);
  try {
    await promise;
  } catch (error) {
    throw toListenFailure(error, { host, port });
  }
  server.off("error", reject);
}

function urlOf(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("it does not listen on TCP");
  const host = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return `http://${host}:${bound.port}/metrics`;
}

/** A scrape takes less; whoever has not sent all of theirs by then keeps no server from ending. */
const CUT_OFF_MS = 1_000;

async function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const cutOff = setTimeout(() => server.closeAllConnections(), CUT_OFF_MS);
  await promise;
  clearTimeout(cutOff);
}

/** Never rejects: what goes wrong becomes the answer. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: MetricsListenerOptions,
): Promise<void> {
  const requestId = options.ids.requestIdOf(request.headers["x-request-id"]);
  try {
    requireMetricsPath(request);
    await options.authorize?.(credentialsOf(request, requestId, options.ids));
    const text = await options.text(); // before the status, which says whether it came
    response.writeHead(200, { "content-type": METRICS_TYPE }).end(text);
  } catch (error) {
    const typeBase = `${options.publicUrl()}/docs/errors/`;
    const instance = pathOf(request.url ?? "");
    const problem = toProblem(error, { typeBase, instance, requestId });
    if (problem.status >= 500) options.onFailure(error);
    refuse(response, problem);
  }
}

function requireMetricsPath({ method = "", url = "" }: IncomingMessage): void {
  if (pathOf(url) !== "/metrics") {
    const message = "there is nothing but /metrics here";
    throw new LlmcfgError("NOT_FOUND", message, { resource: "route" });
  }
  if (method === "GET" || method === "HEAD") return;
  const message = `${method} is not a method of this path`;
  throw new LlmcfgError("METHOD_NOT_ALLOWED", message, { allow: ["GET", "HEAD"] });
}

function credentialsOf(
  { headers, socket }: IncomingMessage,
  requestId: string,
  ids: RequestIds,
): CredentialHeaders {
  const { authorization, traceparent, "x-api-key": key, "config-tenant": tenant } = headers;
  return {
    authorization,
    apiKey: key?.toString(),
    tenant: tenant?.toString(),
    address: socket.remoteAddress,
    requestId,
    traceId: ids.traceOf(traceparent?.toString()).traceId,
  };
}

function refuse(response: ServerResponse, problem: Problem): void {
  const { status, requestId } = problem;
  response.setHeader("content-type", "application/problem+json");
  response.setHeader("x-request-id", requestId);
  if (status === 401) response.setHeader("www-authenticate", 'Bearer realm="llmcfg"');
  if (status === 405) response.setHeader("allow", "GET, HEAD");
  response.writeHead(status).end(JSON.stringify(problem));
}
