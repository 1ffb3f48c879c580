/**
 * What every exchange has, whatever the route: who asks, what the path names, the ids of request
 * and trace, and the headers that each answer carries.
 *
 * @module
 */

import { LlmcfgError, type ServiceKey } from "@llmcfg/core";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { EnvironmentReader } from "../../modules/environments/ports.ts";
import type { Caller } from "../../modules/policy/ports.ts";
import type { RequestIds, Trace } from "./request-ids.ts";
import type { RouteEntry } from "./routes.ts";
import { parseTarget, type Target } from "./target.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set before any route runs, but for open routes: see {@link callerOf}. */
    caller: Caller | undefined;
    trace: Trace | undefined;
    /** What the path names, where it names a key, a service or an environment. */
    target: Target | undefined;
    /**
     * Set by the handler of a plain read: the keys its answer depends on, so that the answer may be
     * kept ready for the same question.
     */
    dependencies: readonly ServiceKey[] | undefined;
  }
  interface FastifyContextConfig {
    entry?: RouteEntry;
    /** Of a stream. */
    events?: Readonly<Record<string, z.ZodType>>;
  }
}

export interface ExchangeDeps {
  readonly authenticate: (request: CredentialHeaders) => Promise<Caller>;
  readonly environments: EnvironmentReader;
  readonly ids: RequestIds;
  readonly headRevision: (tenant: string) => Promise<number>;
  /** `local;role=primary;lag=0`. */
  readonly region: string;
}

/** Everything of a request that proves who asks, and what is recorded about it. */
export interface CredentialHeaders {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  readonly tenant: string | undefined;
  /** Of the client, as the socket says it. */
  readonly address: string | undefined;
  readonly requestId: string;
  readonly traceId: string | undefined;
}

export function registerExchange(app: FastifyInstance, deps: ExchangeDeps): void {
  app.decorateRequest("caller");
  app.decorateRequest("trace");
  app.decorateRequest("target");
  app.decorateRequest("dependencies");

  app.addHook("onRequest", async (request, reply) => {
    const trace = deps.ids.traceOf(one(request.headers["traceparent"]));
    request.trace = trace;
    reply.headers({
      "x-request-id": request.id,
      traceparent: trace.traceparent,
      "config-region": deps.region,
      "cache-control": "private, no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    if (isOpen(request)) return;
    request.caller = await deps.authenticate(credentialsOf(request));
    const graph = await deps.environments.graph(request.caller.tenant);
    request.target = parseTarget(request.url, graph);
  });

  app.addHook("onSend", async (request, reply) => {
    await requireStillAllowed(deps, request, reply);
  });

  app.addHook("onSend", async (request, reply) => {
    if (request.caller === undefined || reply.hasHeader("config-revision")) return;
    reply.header("config-revision", String(await deps.headRevision(request.caller.tenant)));
  });
}

/** A credential that is revoked is worth nothing after this time, also to those who wait. */
const CHECKED_FOR_MS = 1_000;

/**
 * Whoever had to wait for the answer gets it only with the rights they came with.
 *
 * @throws {LlmcfgError} `UNAUTHENTICATED`, `TOKEN_EXPIRED`; `POLICY_DENIED` where the rights changed
 */
async function requireStillAllowed(
  { authenticate }: ExchangeDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { caller } = request;
  if (caller === undefined || reply.elapsedTime < CHECKED_FOR_MS) return;
  const isRead = request.method === "GET" || request.method === "HEAD"; // what was written is told
  if (!isRead || reply.statusCode >= 400) return;
  const now = await authenticate(credentialsOf(request));
  if (now.access.key === caller.access.key) return;
  const message = `the rights of ${caller.actor.principal} have changed`;
  const [path = ""] = request.url.split("?", 1);
  const denied = { rule: "scope-changed", permission: permissionOf(request), path };
  throw new LlmcfgError("POLICY_DENIED", message, denied);
}

/** The first of them, where any of several would do. */
function permissionOf({ routeOptions }: FastifyRequest): string {
  const { permission = "authenticated" } = routeOptions.config.entry ?? {};
  return [permission].flat()[0] ?? "authenticated";
}

/** Only what the registry names as open is answered without a credential. */
function isOpen(request: FastifyRequest): boolean {
  const entry = request.routeOptions.config.entry;
  if (entry !== undefined) return entry.permission === "open";
  return request.is404 && !/^\/(?:v1|configs)(?:\/|$|\?)/.test(request.url);
}

export function credentialsOf(request: FastifyRequest): CredentialHeaders {
  return {
    authorization: request.headers.authorization,
    apiKey: one(request.headers["x-api-key"]),
    tenant: one(request.headers["config-tenant"]),
    address: request.ip,
    requestId: request.id,
    traceId: request.trace?.traceId,
  };
}

/** Several headers of one name as one, as RFC 9110 has it. */
function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(", ") : header;
}

/** Who asks; for routes that are not open. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new TypeError("an open route has no caller");
  return request.caller;
}
