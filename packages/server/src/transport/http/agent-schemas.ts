/**
 * Agents and fleets as zod has them: strict where they come in, open where they go out.
 *
 * @module
 */

import { REASONS } from "@llmcfg/core";
import type { AgentBody, AgentReport, Fleet } from "@llmcfg/protocol";
import { z } from "zod";

const KINDS = z.enum(["sidecar", "edge", "sdk", "run"]);
const STATES = z.enum(["APPLYING", "APPLIED", "FAILED"]);
const FRESHNESS = z.enum(["FRESH", "STALE", "EXPIRED"]);

export const SyncSchema: z.ZodEnum<{
  Synced: "Synced";
  OutOfSync: "OutOfSync";
  Applying: "Applying";
  Failed: "Failed";
  Degraded: "Degraded";
  Unknown: "Unknown";
}> = z.enum(["Synced", "OutOfSync", "Applying", "Failed", "Degraded", "Unknown"]);

const REPORTED_POINT = {
  revision: z.int().min(1),
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hexadecimal digits"),
  at: z.iso.datetime("must be RFC 3339 in UTC"),
} as const;

const REPORTED_ERROR = {
  reason: z.enum(Object.keys(REASONS), "must be a reason of the error table"),
  detail: z.string().max(4_096),
  pointer: z.string().max(1_024).nullable(),
  file: z.string().max(1_024).nullable(),
  revision: z.int().min(1),
  at: REPORTED_POINT.at,
} as const;

/** Body of POST `/v1/agents/{id}/report`: shape alone, of a bounded size. */
export const ReportSchema: z.ZodType<AgentReport> = z.strictObject({
  kind: KINDS,
  node: z.string().max(253),
  version: z.string().max(64),
  scope: z
    .array(z.strictObject({ env: z.string().max(63), service: z.string().max(63) }))
    .min(1)
    .max(64),
  state: STATES,
  attempted: z.strictObject(REPORTED_POINT).nullable(),
  effective: z.strictObject(REPORTED_POINT).nullable(),
  lastError: z.strictObject(REPORTED_ERROR).nullable(),
  freshness: FRESHNESS,
  pendingRestart: z.array(z.string().max(1_200)).max(1_000),
  labels: z
    .record(z.string().max(64), z.string().max(256))
    .refine((labels) => Object.keys(labels).length <= 64, "must be at most 64 labels"),
});

const Point = z.object({ revision: z.int(), hash: z.string(), at: z.string() });

export const AgentSchema: z.ZodType<AgentBody> = z.object({
  id: z.string(),
  kind: KINDS,
  node: z.string(),
  region: z.string(),
  version: z.string(),
  scope: z.array(z.object({ env: z.string(), service: z.string() })),
  state: STATES,
  sync: SyncSchema,
  desired: Point.nullable(),
  attempted: Point.nullable(),
  effective: Point.nullable(),
  lastError: z
    .object({
      reason: z.string(),
      detail: z.string(),
      pointer: z.string().nullable(),
      file: z.string().nullable(),
      revision: z.int(),
      at: z.string(),
    })
    .nullable(),
  lagRevisions: z.int(),
  connected: z.boolean(),
  freshness: FRESHNESS,
  lastContactAt: z.string(),
  pendingRestart: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
});

export const FleetSchema: z.ZodType<Fleet> = z.object({
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
