import { isJsonObject, type Json, type JsonObject } from "@llmcfg/core";
import { compact, numberAt, objectAt, objectsAt, textAt } from "../json-members.ts";
import type { ChatRequest } from "./chat-request.ts";
import { upstreamError } from "./upstream-error.ts";

/** A message of Anthropic's as a `chat.completion`. */
export function toCompletion(answer: Json, { model }: ChatRequest): JsonObject {
  if (!isJsonObject(answer)) throw upstreamError("the provider's answer is not an object");
  const blocks = objectsAt(answer, "content");
  const text = blocks.filter((block) => textAt(block, "type") === "text");
  const calls = blocks.filter((block) => textAt(block, "type") === "tool_use").map(toToolCall);
  const message = compact({
    role: "assistant",
    content: text.length === 0 ? null : text.map((block) => textAt(block, "text") ?? "").join(""),
    refusal: null,
    tool_calls: calls.length === 0 ? undefined : calls,
  });
  const finish_reason = toFinishReason(textAt(answer, "stop_reason"));
  return {
    id: textAt(answer, "id") ?? "",
    object: "chat.completion",
    created: Math.floor(Date.now() / 1_000),
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason }],
    usage: toUsage(objectAt(answer, "usage")),
  };
}

function toToolCall(block: JsonObject): JsonObject {
  const called = {
    name: textAt(block, "name") ?? "",
    arguments: JSON.stringify(objectAt(block, "input") ?? {}),
  };
  return { id: textAt(block, "id") ?? "", type: "function", function: called };
}

/** Why the answer ends. */
export function toFinishReason(stopReason: string | undefined): string {
  switch (stopReason ?? "") {
    case "max_tokens":
    case "model_context_window_exceeded":
      return "length";
    case "tool_use":
      return "tool_calls";
    case "refusal":
      return "content_filter";
    default: // end_turn, stop_sequence, pause_turn
      return "stop";
  }
}

/** OpenAI counts what came from a cache among the prompt, Anthropic beside it. */
export function toUsage(usage: JsonObject | undefined): JsonObject {
  const cached = numberAt(usage, "cache_read_input_tokens") ?? 0;
  const written = numberAt(usage, "cache_creation_input_tokens") ?? 0;
  const prompt = (numberAt(usage, "input_tokens") ?? 0) + cached + written;
  const completion = numberAt(usage, "output_tokens") ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
  };
}
