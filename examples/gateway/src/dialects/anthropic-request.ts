import { isJsonArray, type Json, type JsonObject } from "@llmcfg/core";
import { badRequest } from "../api-error.ts";
import {
  compact,
  listAt,
  memberAt,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
} from "../json-members.ts";
import { type ChatRequest, textOf } from "./chat-request.ts";
import type { Target } from "./dialect.ts";

/** Messages has no default for it. */
const DEFAULT_MAX_TOKENS = 4_096;

/** What Messages has no words for, and would change the answer if it were left out. */
const UNTRANSLATABLE = [
  "audio",
  "functions",
  "function_call",
  "logit_bias",
  "logprobs",
  "modalities",
  "prediction",
  "top_logprobs",
  "web_search_options",
] as const;

/**
 * A chat completion as a request for a message.
 *
 * @throws {ApiError} 400, which names the member that cannot be translated
 */
export function toAnthropicRequest(request: ChatRequest, target: Target): JsonObject {
  const { body, messages, isStream } = request;
  requireTranslatable(body);
  const system = messages.filter(isSystem).map(textOf).join("\n\n");
  const user = textAt(body, "user");
  return compact({
    model: target.model,
    max_tokens:
      numberAt(body, "max_completion_tokens") ??
      numberAt(body, "max_tokens") ??
      target.maxOutputTokens ??
      DEFAULT_MAX_TOKENS,
    system: system === "" ? undefined : system,
    messages: toMessages(messages.filter((message) => !isSystem(message))),
    temperature: temperatureOf(body),
    top_p: numberAt(body, "top_p"),
    stop_sequences: toStopSequences(memberAt(body, "stop")),
    stream: isStream ? true : undefined,
    tools: toTools(body),
    tool_choice: toToolChoice(body),
    metadata: user === undefined ? undefined : { user_id: user },
  });
}

function requireTranslatable(body: JsonObject): void {
  for (const name of UNTRANSLATABLE) {
    const value = memberAt(body, name);
    if (value === undefined || value === null || value === false) continue;
    throw badRequest(`the provider of this model does not support ${name}`, name);
  }
  if ((numberAt(body, "n") ?? 1) !== 1) {
    throw badRequest("the provider of this model answers once: n must be 1", "n");
  }
  const format = textAt(objectAt(body, "response_format"), "type") ?? "text";
  if (format !== "text") {
    throw badRequest(`the provider of this model does not support ${format}`, "response_format");
  }
}

function isSystem(message: JsonObject): boolean {
  return ["system", "developer"].includes(textAt(message, "role") ?? "");
}

/** 0 to 2 for OpenAI, 0 to 1 here. */
function temperatureOf(body: JsonObject): number | undefined {
  const temperature = numberAt(body, "temperature");
  return temperature === undefined ? undefined : Math.min(temperature, 1);
}

function toStopSequences(stop: Json | undefined): Json | undefined {
  if (typeof stop === "string") return [stop];
  return isJsonArray(stop) ? stop : undefined;
}

/** Results of tools are said by the user here; what one side says in a row is one message. */
function toMessages(messages: readonly JsonObject[]): readonly JsonObject[] {
  const turns: { role: "user" | "assistant"; content: JsonObject[] }[] = [];
  for (const message of messages) {
    const role = textAt(message, "role") === "assistant" ? "assistant" : "user";
    const last = turns.at(-1);
    const blocks = toBlocks(message);
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: [...blocks] });
  }
  return turns.filter(({ content }) => content.length > 0);
}

function toBlocks(message: JsonObject): readonly JsonObject[] {
  const role = textAt(message, "role");
  if (role === "tool") {
    const id = textAt(message, "tool_call_id") ?? "";
    return [{ type: "tool_result", tool_use_id: id, content: textOf(message) }];
  }
  const calls = objectsAt(message, "tool_calls").map(toToolUse);
  if (role === "user" || role === "assistant") return [...toContent(message), ...calls];
  throw badRequest(`there is no role ${role}`, "messages");
}

function toContent(message: JsonObject): readonly JsonObject[] {
  const text = textAt(message, "content");
  if (text !== undefined) return text === "" ? [] : [{ type: "text", text }];
  return objectsAt(message, "content").map((part) => {
    const type = textAt(part, "type");
    if (type === "text") return { type, text: textAt(part, "text") ?? "" };
    if (type === "refusal") return { type: "text", text: textAt(part, "refusal") ?? "" };
    if (type === "image_url") return toImage(textAt(objectAt(part, "image_url"), "url") ?? "");
    throw badRequest(`the provider of this model does not support ${type}`, "messages");
  });
}

function toImage(url: string): JsonObject {
  const [, mediaType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  const source =
    mediaType === undefined || data === undefined
      ? { type: "url", url }
      : { type: "base64", media_type: mediaType, data };
  return { type: "image", source };
}

function toToolUse(call: JsonObject): JsonObject {
  const called = objectAt(call, "function");
  return {
    type: "tool_use",
    id: textAt(call, "id") ?? "",
    name: textAt(called, "name") ?? "",
    input: parseArguments(textAt(called, "arguments") ?? "{}"),
  };
}

function parseArguments(text: string): Json {
  try {
    return JSON.parse(text === "" ? "{}" : text) as Json; // what JSON.parse gives
  } catch {
    throw badRequest("the arguments of a tool call are not JSON", "messages");
  }
}

function toTools(body: JsonObject): readonly JsonObject[] | undefined {
  const tools = listAt(body, "tools");
  if (tools.length === 0) return undefined;
  return tools.map((tool) => {
    const described = objectAt(tool, "function");
    if (described === undefined) throw badRequest("a tool is not a function", "tools");
    return compact({
      name: textAt(described, "name"),
      description: textAt(described, "description"),
      input_schema: objectAt(described, "parameters") ?? { type: "object", properties: {} },
    });
  });
}

function toToolChoice(body: JsonObject): JsonObject | undefined {
  if (listAt(body, "tools").length === 0) return undefined;
  const isSerial = memberAt(body, "parallel_tool_calls") === false;
  const serial = isSerial ? { disable_parallel_tool_use: true } : {};
  const choice = memberAt(body, "tool_choice");
  if (choice === "none") return { type: "none" };
  if (choice === "required") return { type: "any", ...serial };
  const name = textAt(objectAt(choice, "function"), "name");
  if (name !== undefined) return { type: "tool", name, ...serial };
  return isSerial ? { type: "auto", ...serial } : undefined;
}
