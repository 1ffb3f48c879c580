/**
 * How chat completions are asked for, and answered, in the words of one kind of provider.
 *
 * The gateway itself speaks OpenAI's chat completions: a dialect translates those into what its
 * provider understands, and the answers back.
 *
 * @module
 */

import type { Json, JsonObject } from "@llmcfg/core";
import type { Cause } from "@llmcfg/gateway";
import type { ServerSentEvent } from "../server-sent-events.ts";
import type { ChatRequest } from "./chat-request.ts";

export interface Dialect {
  /**
   * What is sent upstream.
   *
   * @throws {ApiError} 400 for a request that the provider has no words for
   */
  toUpstream(request: ChatRequest, target: Target): UpstreamRequest;
  /** Headers that the provider wants beside the credential. */
  headers(target: Pick<Target, "apiVersion">): Readonly<Record<string, string>>;
  /** A whole answer, as a `chat.completion`. */
  toCompletion(answer: Json, request: ChatRequest): JsonObject;
  /** The answer as it comes, each part a `chat.completion.chunk`. */
  toChunks(events: AsyncIterable<ServerSentEvent>, request: ChatRequest): AsyncIterable<JsonObject>;
  /** What went wrong, of an answer whose status is not 2xx. */
  readFailure(status: number, answer: Json | undefined): UpstreamFailure;
}

export interface Target {
  /** The name of the model upstream. */
  readonly model: string;
  readonly apiVersion: string | undefined;
  /** What a provider that must be told gets where the request does not say. */
  readonly maxOutputTokens: number | undefined;
}

export interface UpstreamRequest {
  /** Appended to the endpoint: `/chat/completions`. */
  readonly path: string;
  readonly body: JsonObject;
}

export interface UpstreamFailure {
  /** `undefined` where another provider would answer no better: the request itself is at fault. */
  readonly cause: Cause | undefined;
  readonly message: string;
  readonly code: string | undefined;
}
