import type { IncomingMessage } from "node:http";
import { isJsonObject, type Json, type JsonObject } from "@llmcfg/core";
import { badRequest } from "../api-error.ts";
import { textOf } from "../dialects/chat-request.ts";
import { memberAt, numberAt, objectAt, objectsAt, textAt } from "../json-members.ts";
import { formatEvent } from "../server-sent-events.ts";
import { type Asked, answerWords, countTokens } from "./answer.ts";
import {
  type RunningUpstream,
  startUpstream,
  type UpstreamApi,
  type UpstreamOptions,
} from "./upstream.ts";

/** A small server that speaks Anthropic's `/v1/messages` and `/v1/models`. */
export async function startAnthropicUpstream(options: UpstreamOptions): Promise<RunningUpstream> {
  return await startUpstream(MESSAGES, options);
}

interface MessageRequest extends Asked {
  /** The request as it came. */
  readonly body: JsonObject;
}

const MESSAGES: UpstreamApi<MessageRequest> = {
  path: "/v1/messages",
  keyOf: ({ headers }) => {
    const key = headers["x-api-key"];
    return typeof key === "string" ? key : undefined;
  },
  checkHeaders: requireVersion,
  parse: parseMessageRequest,
  whole: messageOf,
  events: eventsOf,
  list: (models) => {
    const data = models.map((id) => ({ type: "model", id, display_name: id }));
    return { data, has_more: false };
  },
  errorBody: ({ type, message }) => ({ type: "error", error: { type, message } }),
};

function requireVersion({ headers }: IncomingMessage): void {
  if (headers["anthropic-version"] !== undefined) return;
  throw badRequest("anthropic-version: header is required");
}

/** @throws {ApiError} 400, in the words of the real one */
function parseMessageRequest(body: Json): MessageRequest {
  const model = textAt(body, "model");
  const messages = objectsAt(body, "messages");
  const roles = messages.map((message) => textAt(message, "role"));
  if (!isJsonObject(body) || model === undefined) throw badRequest("model: field required");
  if (numberAt(body, "max_tokens") === undefined) throw badRequest("max_tokens: field required");
  if (messages.length === 0) throw badRequest("messages: at least one message is required");
  if (roles.some((role) => role !== "user" && role !== "assistant")) {
    throw badRequest("messages: role must be user or assistant");
  }
  if (roles.some((role, i) => role === roles[i - 1])) {
    throw badRequest("messages: roles must alternate");
  }
  return { model, messages, body, isStream: memberAt(body, "stream") === true };
}

function messageOf(request: MessageRequest, name: string): JsonObject {
  const tool = toolOf(request);
  const text = answerWords(name, request).join("");
  return {
    ...headOf(request),
    content: [tool ?? { type: "text", text }],
    stop_reason: tool === undefined ? "end_turn" : "tool_use",
    usage: { input_tokens: inputTokens(request), output_tokens: countTokens(text) },
  };
}

function headOf({ model }: MessageRequest): JsonObject {
  return { id: "msg_example", type: "message", role: "assistant", model, stop_sequence: null };
}

function* eventsOf(request: MessageRequest, name: string): Iterable<string> {
  const tool = toolOf(request);
  const words = tool === undefined ? answerWords(name, request) : [];
  const input_tokens = inputTokens(request);
  const message = { ...headOf(request), content: [], stop_reason: null };

  yield event("message_start", {
    message: { ...message, usage: { input_tokens, output_tokens: 1 } },
  });
  const block = tool === undefined ? { type: "text", text: "" } : { ...tool, input: {} };
  yield event("content_block_start", { index: 0, content_block: block });
  yield event("ping", {});
  for (const text of words) {
    yield event("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
  }
  if (tool !== undefined) {
    const delta = { type: "input_json_delta", partial_json: "{}" };
    yield event("content_block_delta", { index: 0, delta });
  }
  yield event("content_block_stop", { index: 0 });
  yield event("message_delta", {
    delta: { stop_reason: tool === undefined ? "end_turn" : "tool_use", stop_sequence: null },
    usage: { output_tokens: countTokens(words.join("")) },
  });
  yield event("message_stop", {});
}

function event(type: string, members: JsonObject): string {
  return formatEvent(JSON.stringify({ type, ...members }), type);
}

/** A tool that the request insists on is used, with nothing. */
function toolOf({ body }: MessageRequest): JsonObject | undefined {
  const choice = objectAt(body, "tool_choice");
  const name = textAt(choice, "type") === "tool" ? textAt(choice, "name") : undefined;
  if (name === undefined) return undefined;
  return { type: "tool_use", id: "toolu_example", name, input: {} };
}

function inputTokens({ body, messages }: MessageRequest): number {
  return countTokens([textAt(body, "system") ?? "", ...messages.map(textOf)].join(" "));
}
