import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { listEntries } from "../../modules/configs/list-entries.ts";
import { toList } from "../../modules/configs/to-wire.ts";
import type { ConfigsDeps } from "./configs-deps.ts";
import { callerOf } from "./exchange.ts";
import { setNextLink } from "./next-link.ts";
import { whole } from "./query.ts";
import { READ_POINT, toReadPoint } from "./read-query.ts";
import { ListSchema } from "./schemas.ts";
import { serve } from "./serve.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;
const MAX_DEPTH = 32;

/** Parameters of every list. */
export const PAGE = {
  limit: whole(1, MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: z.string().max(4_096).optional(),
} as const;

const ListQuery = z.strictObject({
  ...READ_POINT,
  ...PAGE,
  prefix: z.string().default(""),
  depth: whole(1, MAX_DEPTH).optional(),
  view: z.enum(["flat", "tree"]).default("flat"),
  values: z
    .enum(["true", "false"])
    .default("true")
    .transform((text) => text === "true"),
});

/** Lists of effective entries, of a service or of a whole environment. */
export function listConfigsRoutes(app: FastifyInstance, deps: ConfigsDeps): void {
  const handle = async (
    request: FastifyRequest & { readonly query: z.output<typeof ListQuery> },
    reply: FastifyReply,
  ) => {
    const { query, target } = request;
    const { prefix, depth, view, values, limit, cursor } = query;
    const namespace = { env: target?.env ?? "", service: target?.service, prefix };
    const answer = await listEntries(
      deps,
      {
        caller: callerOf(request),
        namespace,
        ...toReadPoint(request, query),
        references: "expand",
        view,
        depth,
        withValues: values,
        limit,
        cursor,
      },
      { signal: request.signal },
    );
    setNextLink(request, reply, answer.nextCursor);
    return reply
      .header("config-revision", String(answer.revision))
      .send(toList(answer, { view, namespace }));
  };
  for (const id of ["listServiceConfigs", "listEnvironmentConfigs"] as const) {
    serve(app, id, { tag: "configs", query: ListQuery, answers: { 200: ListSchema }, handle });
  }
}
