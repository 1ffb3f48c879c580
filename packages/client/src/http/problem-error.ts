/**
 * What the server says when it refuses, as an error of ours.
 *
 * @module
 */

import {
  type DetailsOf,
  isJsonObject,
  type Json,
  type JsonObject,
  KINDS,
  LlmcfgError,
  type Problem,
  REASONS,
  type Reason,
} from "@llmcfg/core";

/** A problem document as it came: the cause of the error that was made of it. */
class ProblemAnswer extends Error {
  override readonly name = "ProblemAnswer";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`the server answered ${problem.status} ${problem.reason}`);
    this.problem = problem;
  }
}

/** The problem document behind an error, as the server sent it; `undefined` where it sent none. */
export function problemOf(error: unknown): Problem | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const isOurs = cause instanceof Error && cause.name === "ProblemAnswer"; // of any copy of this package
  return isOurs ? (cause as ProblemAnswer).problem : undefined;
}

/**
 * The error a refusal stands for: its reason, its detail as the message, its other members as the
 * details. A reason that this version does not know becomes `INTERNAL` and keeps its text.
 */
export function errorOfProblem(document: JsonObject): LlmcfgError {
  const { detail, reason, title, status, errors } = document;
  const message = textOf(detail) ?? textOf(title) ?? "the server gave no detail";
  // The document is what `toProblem` wrote, of this version or a later one.
  const cause = new ProblemAnswer(document as unknown as Problem);
  if (!isReason(reason)) {
    const unknown = textOf(reason) ?? `status ${JSON.stringify(status ?? null)}`;
    return new LlmcfgError("INTERNAL", `${message} (${unknown})`, {}, { cause });
  }

  const rest = Object.entries(document).filter(([name]) => !FIXED_MEMBERS.has(name));
  const details = { ...Object.fromEntries(rest), errors: findingsOf(errors) };
  // The members of a problem beside the eight fixed ones are the details of its reason.
  return new LlmcfgError(reason, message, details as unknown as DetailsOf<Reason>, { cause });
}

/** What every problem has, whatever its reason. */
const FIXED_MEMBERS: ReadonlySet<string> = new Set([
  "type",
  "title",
  "status",
  "detail",
  "instance",
  "reason",
  "requestId",
  "errors",
]);

/** The error for an answer without a problem document: of a proxy, or of an HTTP parser. */
export function errorOfStatus(status: number, addr: string): LlmcfgError {
  const message = `${addr} answered ${status} without a problem document`;
  if (status === 502 || status === 503 || status === 504) {
    return new LlmcfgError("OFFLINE_MISS", message, { retryAfter: 1 });
  }
  if (status === 401) return new LlmcfgError("UNAUTHENTICATED", message, {});
  if (status === 404) return new LlmcfgError("NOT_FOUND", message, { resource: addr });
  return new LlmcfgError("INTERNAL", message, {});
}

/** Whether the reason may be that of an answer: the local ones are no server's to give. */
function isReason(value: Json | undefined): value is Reason {
  if (typeof value !== "string" || !Object.hasOwn(REASONS, value)) return false;
  return REASONS[value as Reason].isLocal !== true; // own member, so it is a reason
}

/** The findings without the members that are `null`: on the wire all are there. */
function findingsOf(errors: Json | undefined): readonly JsonObject[] {
  if (!Array.isArray(errors)) return [];
  return errors.filter(isJsonObject).map(withoutNulls);
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Seconds until the same request may succeed, where a server has said so. */
export function retryAfterOf(error: LlmcfgError): number | undefined {
  if (REASONS[error.reason].isLocal === true) return undefined; // made here: no server has spoken
  const { httpStatus } = KINDS[error.kind];
  if (httpStatus !== 503 && httpStatus !== 429) return undefined;
  const after: unknown = (error.details as { readonly retryAfter?: unknown }).retryAfter; // of some
  return typeof after === "number" && after >= 0 ? after : undefined;
}
