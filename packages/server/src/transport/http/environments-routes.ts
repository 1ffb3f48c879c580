import { createHash } from "node:crypto";
import { canonicalize, type Environment, type Json } from "@llmcfg/core";
import type { EnvironmentBody } from "@llmcfg/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { listServices } from "../../modules/configs/list-services.ts";
import { resolvePoint } from "../../modules/configs/read-point.ts";
import {
  type EnvironmentsQuery,
  getEnvironment,
  listEnvironments,
} from "../../modules/environments/list-environments.ts";
import type { ConfigsDeps } from "./configs-deps.ts";
import { callerOf } from "./exchange.ts";
import { PAGE } from "./list-configs-routes.ts";
import { setNextLink } from "./next-link.ts";
import { setReadHeaders } from "./read-answer.ts";
import { READ_POINT, toReadPoint } from "./read-query.ts";
import {
  EnvironmentGraphSchema,
  EnvironmentSchema,
  EnvironmentsSchema,
  ServicesSchema,
} from "./schemas.ts";
import { serve } from "./serve.ts";

const PointQuery = z.strictObject(READ_POINT);
const ServicesQuery = z.strictObject({ ...READ_POINT, ...PAGE, env: z.string().optional() });

/** `/v1/environments`, `/v1/services`: where configuration is kept. */
export function environmentsRoutes(app: FastifyInstance, deps: ConfigsDeps): void {
  serve(app, "listEnvironments", {
    tag: "environments",
    query: PointQuery,
    answers: { 200: EnvironmentsSchema },
    handle: async (request, reply) => {
      const { query, revision } = await toQuery(deps, request, request.query);
      const items = (await listEnvironments(deps, query)).map(toBody);
      return reply.header("config-revision", revision).send({ items, nextCursor: null });
    },
  });
  serve(app, "getEnvironmentGraph", {
    tag: "environments",
    query: PointQuery,
    answers: { 200: EnvironmentGraphSchema },
    handle: async (request, reply) => {
      const { query, revision } = await toQuery(deps, request, request.query);
      const environments = (await listEnvironments(deps, query)).map(toBody);
      const edges = environments.flatMap(({ name, inherits }) =>
        inherits === null ? [] : [{ from: inherits, to: name }],
      );
      return reply.header("config-revision", revision).send({ environments, edges });
    },
  });
  serve(app, "getEnvironment", {
    tag: "environments",
    query: PointQuery,
    answers: { 200: EnvironmentSchema },
    handle: async (request, reply) => {
      const { query, revision } = await toQuery(deps, request, request.query);
      const { env = "" } = request.params as { readonly env?: string }; // as the registry's path says
      const body = toBody(await getEnvironment(deps, { ...query, name: env }));
      const about = { isRevealed: false, isImmutable: false, etag: `${tagOf(body)}.j` };
      const isKnown = setReadHeaders(request, reply, { ...about, revision: Number(revision) });
      return isKnown ? reply.code(304).send() : reply.send(body);
    },
  });
  servicesRoute(app, deps);
}

function servicesRoute(app: FastifyInstance, deps: ConfigsDeps): void {
  serve(app, "listServices", {
    tag: "environments",
    query: ServicesQuery,
    answers: { 200: ServicesSchema },
    handle: async (request, reply) => {
      const { env, limit, cursor } = request.query;
      const point = toReadPoint(request, request.query);
      const query = { caller: callerOf(request), env, limit, cursor, ...point };
      const answer = await listServices(deps, query, { signal: request.signal });
      setNextLink(request, reply, answer.nextCursor);
      return reply
        .header("config-revision", String(answer.revision))
        .send({ items: answer.services, nextCursor: answer.nextCursor ?? null });
    },
  });
}

async function toQuery(
  deps: ConfigsDeps,
  request: FastifyRequest,
  asked: z.output<typeof PointQuery>,
): Promise<{ readonly query: EnvironmentsQuery; readonly revision: string }> {
  const caller = callerOf(request);
  const { signal } = request;
  const at = await resolvePoint(deps, caller.tenant, toReadPoint(request, asked), { signal });
  const revision = at ?? (await deps.store.headRevision(caller.tenant, { signal }));
  return { query: { caller, at, signal }, revision: String(revision) };
}

function toBody(environment: Environment): EnvironmentBody {
  return {
    name: environment.name,
    aliases: environment.aliases,
    inherits: environment.inherits ?? null,
    protected: environment.protected,
    description: environment.description ?? null,
  };
}

/** Nothing of an environment is secret to those who may read it, so a plain hash does. */
function tagOf(body: EnvironmentBody): string {
  const text = canonicalize({ ...body } satisfies { readonly [name: string]: Json });
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}
