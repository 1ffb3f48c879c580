import type { JsonObject } from "@llmcfg/core";
import { type ChatRequest, parseChatRequest, textOf } from "../dialects/chat-request.ts";
import { objectAt, textAt } from "../json-members.ts";
import { formatEvent } from "../server-sent-events.ts";
import { answerWords, countTokens } from "./answer.ts";
import {
  type RunningUpstream,
  startUpstream,
  type UpstreamApi,
  type UpstreamOptions,
} from "./upstream.ts";

/** A small server that speaks OpenAI's `/v1/chat/completions` and `/v1/models`. */
export async function startOpenaiUpstream(options: UpstreamOptions): Promise<RunningUpstream> {
  return await startUpstream(CHAT_COMPLETIONS, options);
}

const CHAT_COMPLETIONS: UpstreamApi<ChatRequest> = {
  path: "/v1/chat/completions",
  keyOf: ({ headers }) => /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1],
  parse: parseChatRequest,
  whole: completionOf,
  events: chunksOf,
  list: (models) => {
    const data = models.map((id) => ({ id, object: "model", created: 0, owned_by: "example" }));
    return { object: "list", data };
  },
  errorBody: (error) => error.toBody(),
};

function completionOf(chat: ChatRequest, name: string): JsonObject {
  const called = calledTool(chat);
  const text = answerWords(name, chat).join("");
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
  const words = called === undefined ? answerWords(name, chat) : [];
  for (const content of words) yield chunk({ content });
  if (called !== undefined) yield chunk({ tool_calls: [{ index: 0, ...called }] });
  yield chunk({}, called === undefined ? "stop" : "tool_calls");
  if (chat.wantsUsage) {
    const usage = usageOf(chat, words.join(""));
    yield formatEvent(JSON.stringify({ ...head, choices: [], usage }));
  }
  yield formatEvent("[DONE]");
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
