/**
 * What the upstreams of the example answer: always the same to the same request, so that whoever
 * reads an answer sees who gave it.
 *
 * @module
 */

import type { JsonObject } from "@llmcfg/core";
import { textOf } from "../dialects/chat-request.ts";
import { textAt } from "../json-members.ts";

/** As much of a request as decides the answer, whichever API it came by. */
export interface Asked {
  readonly model: string;
  readonly isStream: boolean;
  readonly messages: readonly JsonObject[];
}

/** The words of an answer; a stream has one in each piece. */
export function answerWords(upstream: string, { model, messages }: Asked): readonly string[] {
  const last = messages.findLast((message) => textAt(message, "role") === "user");
  const question = last === undefined ? "nothing" : textOf(last);
  return `${upstream} (${model}) heard: ${question}`.split(/(?<= )/);
}

/** As good as any for servers that have no tokenizer. */
export function countTokens(text: string): number {
  return text.split(/\s+/).filter((word) => word !== "").length;
}

/**
 * How a model of the example fails, by its name: `status-503` answers with that status, `stall`
 * does not answer at all, `cut` breaks off in the middle of a stream.
 */
export function faultOf(model: string): { readonly status: number } | "stall" | "cut" | undefined {
  if (model === "stall" || model === "cut") return model;
  const [, status] = /^status-([45][0-9]{2})$/.exec(model) ?? [];
  return status === undefined ? undefined : { status: Number(status) };
}
