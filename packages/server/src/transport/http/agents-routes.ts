import type { AgentBody, AgentReport, Fleet } from "@llmcfg/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { type AgentsDeps, getAgent, listAgents } from "../../modules/agents/list-agents.ts";
import { type FleetDeps, readFleet } from "../../modules/agents/read-fleet.ts";
import { type ReportDeps, reportAgent } from "../../modules/agents/report-agent.ts";
import { callerOf } from "./exchange.ts";
import { duration, Flag, RevisionParam, whole } from "./query.ts";
import { pageOf } from "./schemas.ts";
import { serve } from "./serve.ts";

const Point = z.object({ revision: z.int(), hash: z.string().max(80), at: z.string().max(40) });

const AgentErrorSchema = z.object({
  reason: z.string().max(64),
  detail: z.string().max(4_096),
  pointer: z.string().max(1_024).nullable(),
  file: z.string().max(1_024).nullable(),
  revision: z.int(),
  at: z.string().max(40),
});

const REPORTED = {
  kind: z.enum(["sidecar", "edge", "sdk", "run"]),
  node: z.string().max(253),
  version: z.string().max(64),
  scope: z
    .array(z.object({ env: z.string(), service: z.string() }))
    .min(1)
    .max(64),
  state: z.enum(["APPLYING", "APPLIED", "FAILED"]),
  attempted: Point.nullable(),
  effective: Point.nullable(),
  lastError: AgentErrorSchema.nullable(),
  freshness: z.enum(["FRESH", "STALE", "EXPIRED"]),
  pendingRestart: z.array(z.string().max(1_024)).max(1_000),
  labels: z.record(z.string().max(64), z.string().max(256)),
} as const;

const Report: z.ZodType<AgentReport> = z.strictObject(REPORTED);

const Agent: z.ZodType<AgentBody> = z.object({
  id: z.string(),
  kind: REPORTED.kind,
  node: z.string(),
  region: z.string(),
  version: z.string(),
  scope: REPORTED.scope,
  state: REPORTED.state,
  sync: z.enum(["Synced", "OutOfSync", "Applying", "Failed", "Degraded", "Unknown"]),
  desired: Point.nullable(),
  attempted: Point.nullable(),
  effective: Point.nullable(),
  lastError: AgentErrorSchema.nullable(),
  lagRevisions: z.int(),
  connected: z.boolean(),
  freshness: REPORTED.freshness,
  lastContactAt: z.string(),
  pendingRestart: REPORTED.pendingRestart,
  labels: REPORTED.labels,
});

const FleetSchema: z.ZodType<Fleet> = z.object({
  revision: z.int(),
  total: z.int(),
  applied: z.int(),
  applying: z.int(),
  failed: z.int(),
  pending: z.int(),
  gone: z.int(),
  oldestPendingSeconds: z.number(),
  propagation: z.object({
    p50Seconds: z.number().nullable(),
    p99Seconds: z.number().nullable(),
  }),
  converged: z.boolean(),
  byRevision: z.array(z.object({ revision: z.int(), agents: z.int() })),
});

/** `applied:99%`: the share that has to have applied it. */
const Until = z.string().transform((text, context) => {
  const match = /^applied:(100|[0-9]{1,2})%$/.exec(text);
  if (match !== null) return Number(match[1]) / 100;
  context.addIssue("must be a share that applied it: applied:99%");
  return z.NEVER;
});

const ScopeQuery = { env: z.string().max(63).optional(), service: z.string().max(63).optional() };

const AgentsQuery = z.strictObject({
  ...ScopeQuery,
  sync: z.enum(["Synced", "OutOfSync", "Applying", "Failed", "Degraded", "Unknown"]).optional(),
  outdated: Flag,
  limit: whole(1, 500).default(500),
});

const FleetQuery = z.strictObject({
  ...ScopeQuery,
  revision: RevisionParam.optional(),
  until: Until.optional(),
  wait: duration(30_000).default(0),
});

/** `/v1/agents`, `/v1/fleet`: who has applied what. */
export function agentsRoutes(
  app: FastifyInstance,
  deps: AgentsDeps & ReportDeps & FleetDeps,
): void {
  serve(app, "listAgents", {
    tag: "agents",
    query: AgentsQuery,
    answers: { 200: pageOf(Agent) },
    handle: async (request) => {
      const { env, service, sync, outdated, limit } = request.query;
      const agents = await listAgents(deps, { caller: callerOf(request), env, service });
      const items = agents
        .filter((agent) => sync === undefined || agent.sync === sync)
        .filter((agent) => !outdated || agent.sync !== "Synced")
        .slice(0, limit);
      return { items, nextCursor: null };
    },
  });
  serve(app, "getAgent", {
    tag: "agents",
    answers: { 200: Agent },
    handle: async (request) => getAgent(deps, callerOf(request), idOf(request)),
  });
  serve(app, "reportAgent", {
    tag: "agents",
    body: Report,
    answers: { 200: Agent },
    handle: async (request) =>
      await reportAgent(deps, {
        caller: callerOf(request),
        id: idOf(request),
        report: request.body,
      }),
  });
  serve(app, "getFleet", {
    tag: "agents",
    query: FleetQuery,
    answers: { 200: FleetSchema },
    handle: async (request) => {
      const { env, service, revision, until, wait } = request.query;
      const query = { caller: callerOf(request), env, service, revision, until, waitMs: wait };
      return await readFleet(deps, query, { signal: request.signal });
    },
  });
}

function idOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string }; // the route has this parameter
  return id;
}
