import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type FleetDeps, readFleet } from "../../modules/agents/read-fleet.ts";
import { FleetSchema } from "./agent-schemas.ts";
import { SCOPE_QUERY } from "./agents-routes.ts";
import { callerOf } from "./exchange.ts";
import { duration, RevisionParam } from "./query.ts";
import { serve } from "./serve.ts";

const MAX_WAIT_MS = 30_000;

/** `applied:99%`: the share of the agents that has to have applied it. */
const Until = z.string().transform((text, context) => {
  const match = /^applied:(100|[0-9]{1,2})%$/.exec(text);
  if (match !== null) return Number(match[1]) / 100;
  context.addIssue("must be a share that applied it: applied:99%");
  return z.NEVER;
});

const FleetQuery = z.strictObject({
  ...SCOPE_QUERY,
  revision: RevisionParam.optional(),
  until: Until.optional(),
  /** How long to wait for `until`. */
  wait: duration(MAX_WAIT_MS).default(0),
});

/** `/v1/fleet`: how far a revision has come; with `until` and `wait` a long poll. */
export function fleetRoutes(app: FastifyInstance, deps: FleetDeps): void {
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
