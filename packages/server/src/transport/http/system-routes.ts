import { isLlmcfgError } from "@llmcfg/core";
import type { HealthBody, VersionBody } from "@llmcfg/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Caller } from "../../modules/policy/ports.ts";
import { type CredentialHeaders, credentialsOf } from "./exchange.ts";
import { serve } from "./serve.ts";

export interface SystemDeps {
  readonly version: string;
  /** All parts, as they are now. */
  readonly health: () => Promise<HealthBody>;
  /** Who asks; as {@link authenticate}. */
  readonly authenticate: (
    credentials: CredentialHeaders,
    options: { readonly signal: AbortSignal },
  ) => Promise<Caller>;
}

const Check = z.object({
  name: z.string(),
  status: z.enum(["ok", "degraded", "down", "disabled"]),
  latencyMs: z.number().optional(),
  detail: z.string().nullable().optional(),
  since: z.string().optional(),
});

const Health: z.ZodType<HealthBody> = z.object({
  status: z.enum(["ok", "degraded", "unavailable"]),
  version: z.string(),
  revision: z.int(),
  region: z.string(),
  role: z.enum(["primary", "replica"]),
  uptimeSeconds: z.int(),
  checks: z.array(Check),
});

const State = z.object({ status: z.enum(["ok", "unavailable"]) });

const Version: z.ZodType<VersionBody> = z.object({
  name: z.literal("llmcfg"),
  version: z.string(),
  api: z.literal("v1"),
});

/** Health, version: what machines ask without a credential. */
export function systemRoutes(app: FastifyInstance, deps: SystemDeps): void {
  serve(app, "health", {
    tag: "system",
    answers: { 200: Health, 503: Health },
    handle: async (request, reply) => {
      const [health, maySee] = await Promise.all([deps.health(), maySeeDetails(deps, request)]);
      const body = maySee ? health : withoutDetails(health);
      return reply.code(health.status === "unavailable" ? 503 : 200).send(body);
    },
  });
  for (const id of ["readyz", "startupz"] as const) {
    serve(app, id, {
      tag: "system",
      answers: { 200: State, 503: State },
      handle: async (_request, reply) => {
        const isReady = (await deps.health()).status !== "unavailable";
        return reply.code(isReady ? 200 : 503).send({ status: isReady ? "ok" : "unavailable" });
      },
    });
  }
  serve(app, "livez", {
    tag: "system",
    answers: { 200: State },
    handle: async () => ({ status: "ok" }),
  });
  serve(app, "version", {
    tag: "system",
    answers: { 200: Version },
    handle: async () => ({ name: "llmcfg", version: deps.version, api: "v1" }),
  });
  serve(app, "openapi", {
    tag: "system",
    answers: { 200: z.unknown() },
    handle: async () => app.swagger(),
  });
}

const AUTHENTICATION_MS = 2_000;

/** A credential that is not taken makes nobody of the caller: probes are answered whatever they send. */
async function maySeeDetails(deps: SystemDeps, request: FastifyRequest): Promise<boolean> {
  const credentials = credentialsOf(request);
  if (credentials.authorization === undefined && credentials.apiKey === undefined) return false;
  const signal = AbortSignal.timeout(AUTHENTICATION_MS);
  try {
    const { access } = await deps.authenticate(credentials, { signal });
    return access.decide("system:read", { kind: "tenant" }).allowed;
  } catch (error) {
    if (isLlmcfgError(error) || signal.aborted) return false;
    throw error;
  }
}

function withoutDetails(health: HealthBody): HealthBody {
  return { ...health, checks: health.checks.map(({ name, status }) => ({ name, status })) };
}
