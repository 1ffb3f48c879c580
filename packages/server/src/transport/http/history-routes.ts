import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { getHistory } from "../../modules/configs/get-history.ts";
import { toHistory } from "../../modules/configs/to-wire.ts";
import type { ConfigsDeps } from "./configs-deps.ts";
import { callerOf } from "./exchange.ts";
import { PAGE } from "./list-configs-routes.ts";
import { setNextLink } from "./next-link.ts";
import { Flag } from "./query.ts";
import { HistorySchema } from "./schemas.ts";
import { serve } from "./serve.ts";
import { requireKey } from "./target.ts";

const HistoryQuery = z.strictObject({ ...PAGE, layers: Flag });

/** `/v1/history/…`: the versions of an own item, newest first. */
export function historyRoutes(app: FastifyInstance, deps: ConfigsDeps): void {
  serve(app, "getHistory", {
    tag: "configs",
    query: HistoryQuery,
    answers: { 200: HistorySchema },
    handle: async (request, reply) => {
      const { layers: withLayers, limit, cursor } = request.query;
      const ref = requireKey(request.target);
      const query = { caller: callerOf(request), ref, withLayers, limit, cursor };
      const answer = await getHistory(deps, query, { signal: request.signal });
      setNextLink(request, reply, answer.nextCursor);
      return reply.header("config-revision", String(answer.revision)).send(toHistory(answer));
    },
  });
}
