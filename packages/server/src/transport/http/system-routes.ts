import type { HealthBody, VersionBody } from "@llmcfg/protocol";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { serve } from "./serve.ts";

export interface SystemDeps {
  readonly version: string;
  /** All parts, as they are now. */
  readonly health: () => Promise<HealthBody>;
  readonly metricsText: () => Promise<string>;
}

const Check = z.object({
  name: z.string(),
  status: z.enum(["ok", "degraded", "down", "disabled"]),
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

/** Health, metrics, version: what machines ask without a credential. */
export function systemRoutes(app: FastifyInstance, deps: SystemDeps): void {
  serve(app, "health", {
    tag: "system",
    answers: { 200: Health, 503: Health },
    handle: async (_request, reply) => {
      const health = await deps.health();
      return reply.code(health.status === "unavailable" ? 503 : 200).send(health);
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
  serve(app, "metrics", {
    tag: "system",
    answers: { 200: z.string() },
    produces: ["text/plain"],
    handle: async (_request, reply) =>
      reply.type("text/plain; version=0.0.4; charset=utf-8").send(await deps.metricsText()),
  });
  serve(app, "openapi", {
    tag: "system",
    answers: { 200: z.unknown() },
    handle: async () => app.swagger(),
  });
}
