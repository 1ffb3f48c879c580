import { LlmcfgError } from "@llmcfg/core";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type CredentialHeaders, credentialsOf } from "./exchange.ts";
import { serve } from "./serve.ts";

export interface MetricsDeps {
  readonly text: () => Promise<string>;
  /** Refuses who may not see them; nobody is refused without it. */
  readonly authorize?: ((credentials: CredentialHeaders) => Promise<void>) | undefined;
}

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Metrics beside the API; without `deps` they have a listener of their own. */
export function metricsRoutes(app: FastifyInstance, deps: MetricsDeps | undefined): void {
  serve(app, "metrics", {
    tag: "system",
    answers: { 200: z.string() },
    produces: ["text/plain"],
    handle: async (request, reply) => {
      if (deps === undefined) {
        const message = "the metrics of this server have an address of their own";
        throw new LlmcfgError("NOT_FOUND", message, { resource: "route" });
      }
      await deps.authorize?.(credentialsOf(request));
      return reply.type(METRICS_TYPE).send(await deps.text());
    },
  });
}
