import { isJsonObject, type Json, type JsonObject } from "@llmcfg/core";
import { badRequest } from "../api-error.ts";
import { listAt, memberAt, objectAt, objectsAt, textAt } from "../json-members.ts";

/** A request for a chat completion, as OpenAI's clients send it. */
export interface ChatRequest {
  readonly model: string;
  /** At least one. */
  readonly messages: readonly JsonObject[];
  readonly isStream: boolean;
  /** Whether the last chunk of a stream is to tell the usage. */
  readonly wantsUsage: boolean;
  /** The request as it came. */
  readonly body: JsonObject;
}

/** @throws {ApiError} 400 where what no dialect can do without is missing */
export function parseChatRequest(body: Json): ChatRequest {
  if (!isJsonObject(body)) throw badRequest("the body is not an object");
  const model = textAt(body, "model");
  if (model === undefined || model === "") throw badRequest("model is missing", "model");
  const messages = objectsAt(body, "messages");
  if (messages.length === 0 || messages.length !== listAt(body, "messages").length) {
    throw badRequest("messages is not a list of at least one message", "messages");
  }
  if (messages.some((message) => textAt(message, "role") === undefined)) {
    throw badRequest("a message has no role", "messages");
  }
  const isStream = memberAt(body, "stream") === true;
  const wantsUsage = memberAt(objectAt(body, "stream_options"), "include_usage") === true;
  return { model, messages, isStream, wantsUsage, body };
}

/** The text of a message, whichever of its two forms it has; other parts are left out. */
export function textOf(message: JsonObject): string {
  const text = textAt(message, "content");
  if (text !== undefined) return text;
  const parts = objectsAt(message, "content").filter((part) => textAt(part, "type") === "text");
  return parts.map((part) => textAt(part, "text") ?? "").join("");
}
