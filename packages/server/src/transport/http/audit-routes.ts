import type { AuditEventBody, AuditProof, AuditVerification } from "@llmcfg/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Checkpoints } from "../../modules/audit/checkpoints.ts";
import { findEvent } from "../../modules/audit/find-event.ts";
import { type ProveEventDeps, proveEvent } from "../../modules/audit/prove-event.ts";
import { type QueryEventsDeps, queryEvents } from "../../modules/audit/query-events.ts";
import { signCheckpoint } from "../../modules/audit/sign-checkpoint.ts";
import { type VerifyLogDeps, verifyLog } from "../../modules/audit/verify-log.ts";
import { callerOf } from "./exchange.ts";
import { setNextLink } from "./next-link.ts";
import { Instant, whole } from "./query.ts";
import { JsonMembers, pageOf } from "./schemas.ts";
import { serve } from "./serve.ts";

export type AuditDeps = QueryEventsDeps &
  ProveEventDeps &
  VerifyLogDeps & { readonly checkpoints: Pick<Checkpoints, "sign" | "prove"> };

const Event: z.ZodType<AuditEventBody> = z.object({
  id: z.string(),
  index: z.int(),
  at: z.string(),
  actor: z.string(),
  actorVia: z.string(),
  sourceIp: z.string().nullable(),
  action: z.string(),
  path: z.string().nullable(),
  resource: z.string().nullable(),
  outcome: z.enum(["allowed", "denied", "failed"]),
  reason: z.string().nullable(),
  revision: z.int(),
  requestId: z.string().nullable(),
  traceId: z.string().nullable(),
  details: JsonMembers,
  erased: z.boolean(),
  leafHash: z.base64(),
});

const Proof: z.ZodType<AuditProof> = z.object({
  event: Event,
  leafIndex: z.int(),
  treeSize: z.int(),
  leaf: z.base64(),
  leafHash: z.base64(),
  hashes: z.array(z.base64()),
  checkpoint: z.string(),
});

const Verification: z.ZodType<AuditVerification> = z.object({
  valid: z.boolean(),
  eventsChecked: z.int(),
  treeSize: z.int(),
  rootHash: z.base64(),
  failures: z.array(z.object({ index: z.int(), code: z.string(), detail: z.string() })),
});

const EventsQuery = z.strictObject({
  actor: z.string().max(256).optional(),
  action: z.string().max(64).optional(),
  env: z.string().max(63).optional(),
  service: z.string().max(63).optional(),
  key: z.string().max(1_024).optional(),
  outcome: z.enum(["allowed", "denied", "failed"]).optional(),
  since: Instant.optional(),
  until: Instant.optional(),
  order: z.enum(["newest", "oldest"]).default("newest"),
  limit: whole(1, 500).default(50),
  cursor: z.string().max(4_096).optional(),
});

/** `/v1/audit/…`: the log, its events with their proofs, and the check of all of it. */
export function auditRoutes(app: FastifyInstance, deps: AuditDeps): void {
  serve(app, "listAuditEvents", {
    tag: "audit",
    query: EventsQuery,
    answers: { 200: pageOf(Event) },
    handle: async (request, reply) => {
      const { since, until, order, limit, cursor, ...names } = request.query;
      const filter = { ...names, sinceMs: since, untilMs: until };
      const query = { caller: callerOf(request), filter, order, limit, cursor };
      const page = await queryEvents(deps, query, { signal: request.signal });
      setNextLink(request, reply, page.nextCursor ?? undefined);
      return page;
    },
  });
  serve(app, "getAuditEvent", {
    tag: "audit",
    answers: { 200: Event },
    handle: async (request) =>
      await findEvent(deps, questionOf(request), { signal: request.signal }),
  });
  serve(app, "getAuditProof", {
    tag: "audit",
    answers: { 200: Proof },
    handle: async (request) =>
      await proveEvent(deps, questionOf(request), { signal: request.signal }),
  });
  serve(app, "getLatestCheckpoint", {
    tag: "audit",
    answers: { 200: z.string() },
    produces: ["text/plain"],
    handle: async (request, reply) => {
      const { note } = await signCheckpoint(deps, callerOf(request), { signal: request.signal });
      return reply.type("text/plain; charset=utf-8").send(note);
    },
  });
  serve(app, "verifyAudit", {
    tag: "audit",
    body: z.strictObject({}),
    answers: { 200: Verification },
    handle: async (request) => await verifyLog(deps, callerOf(request), { signal: request.signal }),
  });
}

function questionOf(request: FastifyRequest) {
  const { id } = request.params as { id: string }; // the route has this parameter
  return { caller: callerOf(request), id };
}
