import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { diffReferences } from "../../modules/configs/diff-references.ts";
import { toDiff } from "../../modules/configs/to-wire.ts";
import type { ConfigsDeps } from "./configs-deps.ts";
import { callerOf } from "./exchange.ts";
import { DiffSchema } from "./schemas.ts";
import { serve } from "./serve.ts";

const MAX_REFERENCE_LENGTH = 2_048;

const DiffQuery = z.strictObject({
  from: z.string().min(1).max(MAX_REFERENCE_LENGTH),
  to: z.string().min(1).max(MAX_REFERENCE_LENGTH),
});

/** `/v1/diff`: what differs between two states. */
export function diffRoutes(app: FastifyInstance, deps: ConfigsDeps): void {
  serve(app, "getDiff", {
    tag: "configs",
    query: DiffQuery,
    answers: { 200: DiffSchema },
    handle: async (request) => {
      const query = { caller: callerOf(request), ...request.query };
      return toDiff(await diffReferences(deps, query, { signal: request.signal }));
    },
  });
}
