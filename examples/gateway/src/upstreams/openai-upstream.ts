import type { IncomingMessage, ServerResponse } from "node:http";
import type { JsonObject } from "@llmcfg/core";
import { ApiError } from "../api-error.ts";
import { type ChatRequest, parseChatRequest, textOf } from "../dialects/chat-request.ts";
import { listen, readJson, sendJson } from "../json-http.ts";
import { objectAt, textAt } from "../json-members.ts";
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

/** A small server that speaks OpenAI's `/v1/chat/completions` and `/v1/models`. */
export async function startOpenaiUpstream(options: UpstreamOptions): Promise<RunningUpstream> {
  let served = 0;
  const server = await listen(async (request, response) => {
    requireKey(request, options.apiKey);
    served++;
    const path = new URL(request.url ?? "/", "http://upstream").pathname;
    if (request.method === "GET" && path === "/v1/models") {
      sendJson(response, 200, listOf(options.models));
    } else if (request.method === "POST" && path === "/v1/chat/completions") {
      const chat = parseChatRequest(await readJson(request, MAX_BODY_BYTES));
      await answer(response, chat, options.name);
    } else {
      throw new ApiError(`there is no ${path}`, { status: 404, type: "invalid_request_error" });
    }
  }, options);
  return {
    ...server,
    get served() {
      return served;
    },
  };
}

function requireKey(request: IncomingMessage, apiKey: string): void {
  const [, presented] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (isKey(presented, apiKey)) return;
  throw new ApiError("the API key is wrong", {
    status: 401,
    type: "invalid_request_error",
    code: "invalid_api_key",
  });
}

function listOf(models: readonly string[]): JsonObject {
  const data = models.map((id) => ({ id, object: "model", created: 0, owned_by: "example" }));
  return { object: "list", data };
}

async function answer(response: ServerResponse, chat: ChatRequest, name: string): Promise<void> {
  const fault = faultOf(chat.model);
  if (fault === "stall") return await stall(response);
  if (fault === "cut") return cutOff(response, chunksOf(chat, name));
  if (fault !== undefined) {
    const type = fault.status === 429 ? "rate_limit_error" : "server_error";
    throw new ApiError(`${name} answers ${fault.status}`, { status: fault.status, type });
  }
  if (chat.isStream) await sendEvents(response, chunksOf(chat, name));
  else sendJson(response, 200, completionOf(chat, name));
}

function completionOf(chat: ChatRequest, name: string): JsonObject {
  const called = calledTool(chat);
  const text = wordsOf(chat, name).join("");
  const message =
    called === undefined
      ? { role: "assistant", content: text, refusal: null }
      : { role: "assistant", content: null, refusal: null, tool_calls: [called] };
  const finish_reason = called === undefined ? "stop" : "tool_calls";
  return {
    id: "chatcmpl-example",
    object: "chat.completion",
    created: 0,
    model: chat.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason }],
    usage: usageOf(chat, text),
  };
}

function* chunksOf(chat: ChatRequest, name: string): Iterable<string> {
  const head = {
    id: "chatcmpl-example",
    object: "chat.completion.chunk",
    created: 0,
    model: chat.model,
  };
  const chunk = (delta: JsonObject, finish_reason: string | null = null) =>
    formatEvent(JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason }] }));

  yield chunk({ role: "assistant", content: "" });
  const called = calledTool(chat);
  const words = called === undefined ? wordsOf(chat, name) : [];
  for (const content of words) yield chunk({ content });
  if (called !== undefined) yield chunk({ tool_calls: [{ index: 0, ...called }] });
  yield chunk({}, called === undefined ? "stop" : "tool_calls");
  if (chat.wantsUsage) {
    const usage = usageOf(chat, words.join(""));
    yield formatEvent(JSON.stringify({ ...head, choices: [], usage }));
  }
  yield formatEvent("[DONE]");
}

function wordsOf({ model, messages }: ChatRequest, name: string): readonly string[] {
  const last = messages.findLast((message) => textAt(message, "role") === "user");
  return answerWords(name, model, last === undefined ? "nothing" : textOf(last));
}

/** A tool that the request insists on is called, with nothing. */
function calledTool({ body }: ChatRequest): JsonObject | undefined {
  const name = textAt(objectAt(objectAt(body, "tool_choice"), "function"), "name");
  if (name === undefined) return undefined;
  return { id: "call_example", type: "function", function: { name, arguments: "{}" } };
}

function usageOf({ messages }: ChatRequest, text: string): JsonObject {
  const prompt = countTokens(messages.map(textOf).join(" "));
  const completion = countTokens(text);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}
