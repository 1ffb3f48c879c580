import { isJsonObject, type Json, type JsonObject } from "@llmcfg/core";
import type { Cause } from "@llmcfg/gateway";
import { memberAt, objectAt, textAt } from "../json-members.ts";
import type { ServerSentEvent } from "../server-sent-events.ts";
import type { ChatRequest } from "./chat-request.ts";
import type { Dialect, UpstreamFailure } from "./dialect.ts";
import { upstreamError } from "./upstream-error.ts";

/** Chat completions as they are: only the name of the model differs upstream. */
export const openaiDialect: Dialect = {
  toUpstream: ({ body }, { model }) => ({ path: "/chat/completions", body: { ...body, model } }),
  headers: () => ({}),
  toCompletion: (answer, { model }) => {
    if (!isJsonObject(answer)) throw upstreamError("the provider's answer is not an object");
    return { ...answer, model };
  },
  toChunks,
  readFailure,
};

async function* toChunks(
  events: AsyncIterable<ServerSentEvent>,
  { model }: ChatRequest,
): AsyncGenerator<JsonObject> {
  for await (const { data } of events) {
    if (data === "[DONE]") return;
    const chunk = parseData(data);
    const failure = objectAt(chunk, "error");
    if (failure !== undefined) throw upstreamError(textAt(failure, "message") ?? "no message");
    yield { ...chunk, model };
  }
  throw upstreamError("the provider's stream ended before it was done");
}

/** @throws {ApiError} 502 for data that is not an object */
export function parseData(data: string): JsonObject {
  let value: Json | undefined;
  try {
    value = JSON.parse(data) as Json; // what JSON.parse gives
  } catch {
    value = undefined;
  }
  if (isJsonObject(value)) return value;
  throw upstreamError("the provider's stream has an event that is not an object");
}

function readFailure(status: number, answer: Json | undefined): UpstreamFailure {
  const error = objectAt(answer, "error");
  const code = textAt(error, "code");
  const message = textAt(error, "message") ?? textAt(answer, "message") ?? `status ${status}`;
  return { cause: causeOf(status, code ?? codeOf(memberAt(error, "type"))), message, code };
}

function codeOf(type: Json | undefined): string | undefined {
  return typeof type === "string" ? type : undefined;
}

/** What another deployment could do better, by the status, and by the code where there is one. */
function causeOf(status: number, code: string | undefined): Cause | undefined {
  if (code === "context_length_exceeded") return "context_window";
  if (code === "content_filter" || code === "content_policy_violation") return "content_policy";
  return causeOfStatus(status);
}

/** The request itself is at fault where the status is one of the others of 4xx. */
export function causeOfStatus(status: number): Cause | undefined {
  if (status < 400) return "error"; // a redirect: the endpoint is not where it was said to be
  if (status === 429) return "rate_limited";
  if (status === 408 || status === 504) return "timeout";
  if (status === 503 || status === 529) return "unavailable";
  if (status >= 500) return "server_error";
  return status === 401 || status === 403 || status === 404 ? "error" : undefined;
}
