import { type EnvironmentGraph, LlmcfgError } from "@llmcfg/core";
import type { RollbackBody } from "@llmcfg/protocol";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  hasPrecondition,
  type Precondition,
  type RollBackTarget,
} from "../../modules/configs/change-set.ts";
import { type RolledBack, rollBack } from "../../modules/configs/roll-back.ts";
import { canonicalRef, sendOutcome, toBatchAnswer } from "./batch-routes.ts";
import type { ConfigsDeps } from "./configs-deps.ts";
import { callerOf } from "./exchange.ts";
import { BatchResultSchema, RollbackBodySchema } from "./schemas.ts";
import { serve } from "./serve.ts";
import { onceOf, toPrecondition, viaOf, WRITE_OPTIONS } from "./write-request.ts";

const RollbackQuery = z.strictObject(WRITE_OPTIONS);

/** `/v1/rollback`: an earlier own state as a new version. */
export function rollbackRoutes(app: FastifyInstance, deps: ConfigsDeps): void {
  serve(app, "rollback", {
    tag: "configs",
    query: RollbackQuery,
    body: RollbackBodySchema,
    answers: { 200: BatchResultSchema },
    handle: async (request, reply) => {
      const caller = callerOf(request);
      const graph = await deps.environments.graph(caller.tenant);
      const command = {
        caller,
        via: viaOf(request),
        message: request.body.message ?? undefined,
        isConfirmed: request.query.confirm,
        what: toRolledBack(request.body, graph, toPrecondition(request, request.query)),
      };
      const { publicUrl } = deps;
      const once = onceOf(request, { answerTo: toBatchAnswer, publicUrl });
      const outcome = await rollBack(deps, command, { once, signal: request.signal });
      return sendOutcome(reply, outcome);
    },
  });
}

/** @throws {LlmcfgError} `INVALID_ARGUMENT` for members that contradict each other */
function toRolledBack(
  body: RollbackBody,
  graph: EnvironmentGraph,
  expected: Precondition,
): RolledBack {
  const { service, key, prefix, toVersion, toRevision } = body;
  const { env } = canonicalRef({ env: body.env, service, key: key ?? "" }, graph);
  if (key !== undefined) {
    if (prefix !== undefined) throw refused("/prefix", "give a key or a prefix, not both");
    return { kind: "key", ref: { env, service, key }, to: toTarget(body), expected };
  }
  if (toVersion !== undefined) throw refused("/toVersion", "only a key has versions");
  if (toRevision === undefined) {
    throw refused("/toRevision", "a rollback of several keys needs toRevision");
  }
  if (hasPrecondition(expected)) {
    throw refused("/key", "preconditions are understood for a single key alone");
  }
  return { kind: "prefix", env, service, prefix: prefix ?? "", toRevision };
}

function toTarget({ toVersion, toRevision }: RollbackBody): RollBackTarget {
  if (toVersion !== undefined && toRevision !== undefined) {
    throw refused("/toRevision", "give toVersion or toRevision, not both");
  }
  if (toVersion !== undefined) return { kind: "version", version: toVersion };
  if (toRevision !== undefined) return { kind: "revision", revision: toRevision };
  return { kind: "previous" };
}

function refused(pointer: string, detail: string): LlmcfgError {
  const errors = [{ pointer, code: "CONTRADICTION", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
