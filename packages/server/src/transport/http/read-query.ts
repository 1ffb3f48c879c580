/**
 * What reads have in common: which state they are of.
 *
 * @module
 */

import { LlmcfgError, parseDuration } from "@llmcfg/core";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { ReadPoint } from "../../modules/configs/read-point.ts";
import { AtParam, duration, parseRevision, RevisionParam } from "./query.ts";

const MAX_WAIT_MS = 30_000;
const ANY_AGE_MS = Number.MAX_SAFE_INTEGER;

/** Parameters of every read: time travel, freshness. */
export const READ_POINT = {
  at: AtParam.optional(),
  minRevision: RevisionParam.optional(),
  wait: duration(MAX_WAIT_MS).optional(),
  /** Both are the same while every read is answered by the one store. */
  consistency: z.enum(["local", "strong"]).optional(),
  /** Nothing is ever stale here, so every demand is met. */
  maxStale: duration(ANY_AGE_MS).optional(),
} as const;

interface PointQuery {
  readonly at?: ReadPoint["at"];
  readonly minRevision?: number | undefined;
  readonly wait?: number | undefined;
}

/** The query's word counts before that of a header. */
export function toReadPoint(request: FastifyRequest, query: PointQuery): ReadPoint {
  return {
    at: query.at,
    minRevision: query.minRevision ?? minRevisionOf(request),
    waitMs: query.wait ?? waitMsOf(request),
  };
}

function minRevisionOf({ headers }: FastifyRequest): number | undefined {
  const text = headers["config-min-revision"];
  if (text === undefined) return undefined;
  const revision = typeof text === "string" ? parseRevision(text) : undefined;
  if (revision !== undefined) return revision;
  throw refused("Config-Min-Revision must be a revision: 42 or r42");
}

/** `Prefer: wait=30`; other preferences are not ours (RFC 7240). */
function waitMsOf({ headers }: FastifyRequest): number | undefined {
  const prefer = [headers["prefer"] ?? []].flat().join(",");
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,5})"?(?:$|[,;\s])/.exec(prefer)?.[1];
  if (seconds === undefined) return undefined;
  return Math.min(parseDuration(`${seconds}s`), MAX_WAIT_MS);
}

function refused(detail: string): LlmcfgError {
  const errors = [{ pointer: "", code: "INVALID_ARGUMENT", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
