import type { IncomingMessage, ServerResponse } from "node:http";
import { isJsonObject, type Json, type JsonObject } from "@llmcfg/core";
import { textOf } from "../dialects/chat-request.ts";
import { listen, readJson, sendJson } from "../json-http.ts";
import { compact, memberAt, numberAt, objectAt, objectsAt, textAt } from "../json-members.ts";
import { formatEvent } from "../server-sent-events.ts";
import { answerWords, countTokens, faultOf } from "./answer.ts";
import {
  cutOff,
  isKey,
  MAX_BODY_BYTES,
  type RunningUpstream,
  sendEvents,
  stall,
  type UpstreamOptions,
} from "./upstream.ts";

/** A small server that speaks Anthropic's `/v1/messages` and `/v1/models`. */
export async function startAnthropicUpstream(options: UpstreamOptions): Promise<RunningUpstream> {
  let served = 0;
  const server = await listen(async (request, response) => {
    const refusal = refusalOf(request, options.apiKey);
    if (refusal !== undefined) return refuse(response, refusal);
    served++;
    const path = new URL(request.url ?? "/", "http://upstream").pathname;
    if (request.method === "GET" && path === "/v1/models") {
      const models = options.models.map((id) => ({ type: "model", id, display_name: id }));
      return sendJson(response, 200, { data: models, has_more: false });
    }
    if (request.method !== "POST" || path !== "/v1/messages") {
      return refuse(response, { status: 404, type: "not_found_error", message: `no ${path}` });
    }
    const body = await readJson(request, MAX_BODY_BYTES);
    const fault = checkMessageRequest(body);
    if (fault !== undefined) {
      return refuse(response, { status: 400, type: "invalid_request_error", message: fault });
    }
    await answer(response, isJsonObject(body) ? body : {}, options.name);
  }, options);
  return {
    ...server,
    get served() {
      return served;
    },
  };
}

interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

function refuse(response: ServerResponse, { status, type, message }: Refusal): void {
  sendJson(response, status, { type: "error", error: { type, message } });
}

function refusalOf({ headers }: IncomingMessage, apiKey: string): Refusal | undefined {
  const key = headers["x-api-key"];
  if (!isKey(typeof key === "string" ? key : undefined, apiKey)) {
    return { status: 401, type: "authentication_error", message: "invalid x-api-key" };
  }
  if (headers["anthropic-version"] !== undefined) return undefined;
  const message = "anthropic-version: header is required";
  return { status: 400, type: "invalid_request_error", message };
}

/** What is wrong with a request, in the words of the real one; nothing where it is well formed. */
function checkMessageRequest(body: Json): string | undefined {
  if (textAt(body, "model") === undefined) return "model: field required";
  if (numberAt(body, "max_tokens") === undefined) return "max_tokens: field required";
  const messages = objectsAt(body, "messages");
  if (messages.length === 0) return "messages: at least one message is required";
  const roles = messages.map((message) => textAt(message, "role"));
  if (roles.some((role) => role !== "user" && role !== "assistant")) {
    return "messages: role must be user or assistant";
  }
  return roles.some((role, i) => role === roles[i - 1])
    ? "messages: roles must alternate"
    : undefined;
}

async function answer(response: ServerResponse, body: JsonObject, name: string): Promise<void> {
  const fault = faultOf(textAt(body, "model") ?? "");
  if (fault === "stall") return await stall(response);
  if (fault === "cut") return cutOff(response, eventsOf(body, name));
  if (fault !== undefined) {
    const type = fault.status === 429 ? "rate_limit_error" : "overloaded_error";
    refuse(response, { status: fault.status, type, message: `${name} answers ${fault.status}` });
  } else if (memberAt(body, "stream") === true) {
    await sendEvents(response, eventsOf(body, name));
  } else {
    sendJson(response, 200, messageOf(body, name));
  }
}

function messageOf(body: JsonObject, name: string): JsonObject {
  const tool = toolOf(body);
  const text = wordsOf(body, name).join("");
  return {
    ...headOf(body),
    content: [tool ?? { type: "text", text }],
    stop_reason: tool === undefined ? "end_turn" : "tool_use",
    usage: { input_tokens: inputTokens(body), output_tokens: countTokens(text) },
  };
}

function headOf(body: JsonObject): JsonObject {
  const model = textAt(body, "model") ?? "";
  return { id: "msg_example", type: "message", role: "assistant", model, stop_sequence: null };
}

function* eventsOf(body: JsonObject, name: string): Iterable<string> {
  const tool = toolOf(body);
  const words = tool === undefined ? wordsOf(body, name) : [];
  const input_tokens = inputTokens(body);
  const message = { ...headOf(body), content: [], stop_reason: null };

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

function wordsOf(body: JsonObject, name: string): readonly string[] {
  const last = objectsAt(body, "messages").findLast((one) => textAt(one, "role") === "user");
  return answerWords(
    name,
    textAt(body, "model") ?? "",
    last === undefined ? "nothing" : textOf(last),
  );
}

/** A tool that the request insists on is used, with nothing. */
function toolOf(body: JsonObject): JsonObject | undefined {
  const choice = objectAt(body, "tool_choice");
  const name = textAt(choice, "type") === "tool" ? textAt(choice, "name") : undefined;
  if (name === undefined) return undefined;
  return compact({ type: "tool_use", id: "toolu_example", name, input: {} });
}

function inputTokens(body: JsonObject): number {
  const texts = objectsAt(body, "messages").map(textOf);
  return countTokens([textAt(body, "system") ?? "", ...texts].join(" "));
}
