import type { IncomingMessage } from "node:http";
import type { Json } from "@llmcfg/core";
import type { RouteRequest } from "@llmcfg/gateway";
import { type ChatRequest, textOf } from "../dialects/chat-request.ts";
import { listAt, memberAt, objectAt, objectsAt, textAt } from "../json-members.ts";
import type { GatewayCaller } from "./authenticate.ts";

/** What rules can look at of a request for a chat completion. */
export function toRouteRequest(
  chat: ChatRequest,
  incoming: IncomingMessage,
  about: GatewayCaller & { readonly requestId: string },
): RouteRequest {
  const { body, model } = chat;
  const user = textAt(body, "user");
  const metadata = memberAt(body, "metadata");
  return {
    model,
    requestId: about.requestId,
    headers: singleHeaders(incoming),
    params: body,
    needs: needsOf(chat),
    tokenEstimate: estimateTokens(chat),
    ...(incoming.url === undefined ? {} : { path: pathOf(incoming.url) }),
    ...(incoming.method === undefined ? {} : { method: incoming.method }),
    ...(about.tenant === undefined ? {} : { tenant: about.tenant }),
    ...(about.apiKeyId === undefined ? {} : { apiKeyId: about.apiKeyId }),
    ...(user === undefined ? {} : { user }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

export function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? "";
}

function singleHeaders({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const given = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value] as const],
  );
  return Object.fromEntries(given);
}

function needsOf({ body, messages, isStream }: ChatRequest): readonly string[] {
  const format = textAt(objectAt(body, "response_format"), "type");
  const parts = messages.flatMap((message) => objectsAt(message, "content"));
  const needs: readonly (readonly [boolean, string])[] = [
    [isStream, "streaming"],
    [listAt(body, "tools").length > 0, "tools"],
    [format === "json_schema", "json_schema"],
    [parts.some((part) => textAt(part, "type") === "image_url"), "vision"],
    [parts.some((part) => textAt(part, "type") === "input_audio"), "audio"],
    [isNamed(memberAt(body, "reasoning_effort")), "reasoning"],
  ];
  return needs.filter(([isNeeded]) => isNeeded).map(([, name]) => name);
}

function isNamed(value: Json | undefined): boolean {
  return typeof value === "string";
}

/** Four characters to a token: near enough to tell long prompts from short ones. */
function estimateTokens({ messages }: ChatRequest): number {
  return Math.ceil(messages.reduce((sum, message) => sum + textOf(message).length, 0) / 4);
}
