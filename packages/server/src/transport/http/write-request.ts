/**
 * What writes have in common: preconditions, confirmation, channel, idempotency keys.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { canonicalize, type Json, LlmcfgError, type Via } from "@llmcfg/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Precondition } from "../../modules/configs/change-set.ts";
import type { CommitResult } from "../../modules/configs/commit-result.ts";
import { type EntityTags, parseEntityTags } from "../../modules/configs/entity-tags.ts";
import type { Answer, Once } from "../../modules/configs/once.ts";
import { problemOf } from "./problem.ts";
import { Flag, VersionParam } from "./query.ts";
import { canonicalPath, pathOf } from "./target.ts";

/** Parameters of every write of one key. */
export const WRITE_OPTIONS = {
  confirm: Flag,
  ifVersion: VersionParam.optional(),
  tombstones: z.enum(["exist"]).optional(),
} as const;

/** The preconditions of headers and query. */
export function toPrecondition(
  request: FastifyRequest,
  query: { readonly ifVersion?: number | undefined; readonly tombstones?: "exist" | undefined },
): Precondition {
  refuseTimes(request);
  return {
    ifMatch: tagsOf(request, "if-match"),
    ifNoneMatch: tagsOf(request, "if-none-match"),
    ifVersion: query.ifVersion,
    tombstonesExist: query.tombstones === "exist",
  };
}

/**
 * Lets a request pass that says in no header what it is based on: the route could not honour it.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT`
 */
export function refusePreconditions(request: FastifyRequest): void {
  refuseTimes(request);
  for (const name of ["if-match", "if-none-match"] as const) {
    if (request.headers[name] !== undefined) throw refused(`${name} is not understood here`);
  }
}

/** Versions are compared, never times. */
function refuseTimes({ headers }: FastifyRequest): void {
  if (headers["if-unmodified-since"] !== undefined) {
    throw refused("if-unmodified-since is not understood: send If-Match");
  }
}

export function tagsOf(
  { headers }: FastifyRequest,
  name: "if-match" | "if-none-match",
): EntityTags | undefined {
  const field = headers[name];
  return field === undefined ? undefined : parseEntityTags(field, name);
}

const CHANNELS: readonly Via[] = ["api", "cli", "ui"];

/** The channel of the write, which the client names in `Config-Via`; default `api`. */
export function viaOf({ headers }: FastifyRequest): Via {
  const given = headers["config-via"] ?? "api";
  const via = CHANNELS.find((channel) => channel === given);
  if (via !== undefined) return via;
  throw refused(`config-via must be one of ${CHANNELS.join(", ")}`);
}

/** What makes the request repeatable; `undefined` where it has no `Idempotency-Key`. */
export function onceOf(
  request: FastifyRequest,
  answers: {
    readonly answerTo: (result: CommitResult) => Answer;
    readonly publicUrl: () => string;
  },
): Once | undefined {
  const header = request.headers["idempotency-key"];
  if (header === undefined) return undefined;
  const key = /^"([\x20-\x21\x23-\x7e]{1,255})"$|^([\x21\x23-\x7e]{1,255})$/.exec(String(header));
  if (key === null) throw refused("Idempotency-Key must be 1 to 255 visible ASCII characters");
  return {
    key: key[1] ?? key[2] ?? "",
    requestHash: requestHashOf(request),
    answerTo: answers.answerTo,
    refusalFor: (error) => {
      const problem = problemOf(error, request, answers.publicUrl());
      const headers = { "content-type": "application/problem+json", "cache-control": "no-store" };
      return { status: problem.status, headers, body: JSON.stringify(problem) };
    },
  };
}

/** SHA-256 of method, path, query and body, in hex. */
function requestHashOf({ method, url, target, body }: FastifyRequest): string {
  const path = target === undefined ? pathOf(url) : canonicalPath(target);
  const query = url.slice(pathOf(url).length);
  const text = canonicalize([method, path, query, (body ?? null) as Json]); // parsed from JSON
  return createHash("sha256").update(text).digest("hex");
}

/** Sends an answer that is ready: of this request, or of the one it repeats. */
export function sendAnswer(reply: FastifyReply, answer: Answer, isReplay: boolean): FastifyReply {
  if (isReplay) reply.header("idempotent-replayed", "true");
  return reply
    .code(answer.status)
    .headers(answer.headers)
    .serializer((body: unknown) => String(body)) // it is text already
    .send(answer.body);
}

function refused(detail: string): LlmcfgError {
  const errors = [{ pointer: "", code: "INVALID_ARGUMENT", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
