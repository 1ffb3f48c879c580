import type { Json } from "@llmcfg/core";
import { objectAt, textAt } from "../json-members.ts";
import { toCompletion } from "./anthropic-answer.ts";
import { toAnthropicRequest } from "./anthropic-request.ts";
import { toChunks } from "./anthropic-stream.ts";
import type { Dialect, UpstreamFailure } from "./dialect.ts";
import { causeOfStatus } from "./openai.ts";

/** Chat completions in the words of Anthropic's Messages. */
export const anthropicDialect: Dialect = {
  toUpstream: (request, target) => ({
    path: "/messages",
    body: toAnthropicRequest(request, target),
  }),
  headers: ({ apiVersion }) =>
    apiVersion === undefined ? {} : { "anthropic-version": apiVersion },
  toCompletion,
  toChunks,
  readFailure,
};

function readFailure(status: number, answer: Json | undefined): UpstreamFailure {
  const error = objectAt(answer, "error");
  const code = textAt(error, "type");
  const message = textAt(error, "message") ?? `status ${status}`;
  const isTooLong = status === 400 && /prompt is too long|context (window|length)/i.test(message);
  return { cause: isTooLong ? "context_window" : causeOfStatus(status), message, code };
}
