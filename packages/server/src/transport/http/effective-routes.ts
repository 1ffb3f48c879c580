import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { explainKey } from "../../modules/configs/explain-key.ts";
import { toEffectiveEntry } from "../../modules/configs/to-wire.ts";
import type { ConfigsDeps } from "./configs-deps.ts";
import { callerOf } from "./exchange.ts";
import { currentOf, setReadHeaders } from "./read-answer.ts";
import { READ_POINT, toReadPoint } from "./read-query.ts";
import { EffectiveSchema } from "./schemas.ts";
import { serve } from "./serve.ts";
import { requireKey } from "./target.ts";

const EffectiveQuery = z.strictObject(READ_POINT);

/** `/v1/effective/…`: a value and why it is what it is. */
export function effectiveRoutes(app: FastifyInstance, deps: ConfigsDeps): void {
  serve(app, "getEffective", {
    tag: "configs",
    query: EffectiveQuery,
    answers: { 200: EffectiveSchema },
    handle: async (request, reply) => {
      const explanation = await explainKey(
        deps,
        {
          caller: callerOf(request),
          ref: requireKey(request.target),
          ...toReadPoint(request, request.query),
        },
        { signal: request.signal },
      );
      const { revision } = explanation;
      const etag = `${explanation.etag}.j`;
      // What a write would reach may change at any time, so a past state is not for ever.
      const current = currentOf(explanation.entry);
      const about = { revision, etag, isRevealed: false, isImmutable: false, current };
      if (setReadHeaders(request, reply, about)) return reply.code(304).send();
      return reply.send(toEffectiveEntry(explanation));
    },
  });
}
