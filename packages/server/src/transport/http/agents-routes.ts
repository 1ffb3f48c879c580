import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { type GetAgentDeps, getAgent } from "../../modules/agents/get-agent.ts";
import { type ListDeps, listAgents } from "../../modules/agents/list-agents.ts";
import { type ReportDeps, reportAgent } from "../../modules/agents/report-agent.ts";
import { openCursor, sealCursor } from "../../modules/configs/cursor.ts";
import type { Keyring } from "../../modules/keys/ports.ts";
import { AgentSchema, ReportSchema, SyncSchema } from "./agent-schemas.ts";
import { callerOf } from "./exchange.ts";
import { setNextLink } from "./next-link.ts";
import { Flag, whole } from "./query.ts";
import { pageOf } from "./schemas.ts";
import { type Served, serve } from "./serve.ts";

export interface AgentsDeps extends ListDeps, GetAgentDeps, ReportDeps {
  readonly registry: ListDeps["registry"] & GetAgentDeps["registry"] & ReportDeps["registry"];
  readonly policy: ListDeps["policy"] & ReportDeps["policy"];
  /** Proves that a cursor is ours. */
  readonly keyring: Pick<Keyring, "authenticate">;
}

/** Agents of an environment and a service, by name or alias. */
export const SCOPE_QUERY = {
  env: z.string().max(63).optional(),
  service: z.string().max(63).optional(),
} as const;

const AgentsQuery = z.strictObject({
  ...SCOPE_QUERY,
  sync: SyncSchema.optional(),
  outdated: Flag,
  limit: whole(1, 500).default(50),
  cursor: z.string().max(1_024).optional(),
});

/** `/v1/agents`: who has applied what, and who says so. */
export function agentsRoutes(app: FastifyInstance, deps: AgentsDeps): void {
  serve(app, "listAgents", {
    tag: "agents",
    query: AgentsQuery,
    answers: { 200: pageOf(AgentSchema) },
    handle: async (request, reply) => {
      const { items, nextCursor } = await pageFor(deps, request);
      setNextLink(request, reply, nextCursor);
      return { items, nextCursor: nextCursor ?? null };
    },
  });
  serve(app, "getAgent", {
    tag: "agents",
    answers: { 200: AgentSchema },
    handle: async (request) => await getAgent(deps, callerOf(request), idOf(request)),
  });
  serve(app, "reportAgent", {
    tag: "agents",
    body: ReportSchema,
    answers: { 200: AgentSchema },
    handle: async (request) => {
      const about = { caller: callerOf(request), id: idOf(request) };
      return await reportAgent(deps, { ...about, report: request.body });
    },
  });
}

async function pageFor(deps: AgentsDeps, request: Served<z.output<typeof AgentsQuery>, unknown>) {
  const { env, service, sync, outdated: isOutdated, limit, cursor } = request.query;
  const caller = callerOf(request);
  const filters = ["agents", env ?? null, service ?? null, sync ?? null, isOutdated];
  const listing = { caller, filters };
  const position =
    cursor === undefined ? undefined : await openCursor(deps.keyring, listing, cursor);
  const after = typeof position === "string" ? position : undefined;

  const query = { caller, env, service, sync, isOutdated, limit, after };
  const { items, next } = await listAgents(deps, query);
  const nextCursor = next === undefined ? undefined : await sealCursor(deps.keyring, listing, next);
  return { items, nextCursor };
}

function idOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string }; // the route has this parameter
  return id;
}
