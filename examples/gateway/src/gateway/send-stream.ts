import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { JsonObject } from "@llmcfg/core";
import { ApiError } from "../api-error.ts";
import { formatEvent } from "../server-sent-events.ts";
import type { ProviderAnswer } from "./call-provider.ts";

/**
 * Sends the chunks as they come. One that never comes ends the stream with an error that OpenAI's
 * clients raise: the status was sent long ago.
 */
export async function sendStream(
  response: ServerResponse,
  answer: Extract<ProviderAnswer, { readonly type: "stream" }>,
): Promise<void> {
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  });
  try {
    await pipeline(Readable.from(eventsOf(answer)), response);
  } catch (error) {
    const hasGone = response.destroyed && !response.writableFinished;
    if (!hasGone) throw error;
  }
}

async function* eventsOf({
  first,
  rest,
}: Extract<ProviderAnswer, { readonly type: "stream" }>): AsyncGenerator<string> {
  yield formatEvent(JSON.stringify(first));
  try {
    for await (const chunk of rest) yield formatEvent(JSON.stringify(chunk));
  } catch (error) {
    yield formatEvent(JSON.stringify(bodyOf(error)));
    return;
  }
  yield formatEvent("[DONE]");
}

function bodyOf(error: unknown): JsonObject {
  if (error instanceof ApiError) return error.toBody();
  const broken = { status: 502, type: "api_error", code: "upstream_error" };
  return new ApiError("the provider's stream broke off", broken).toBody();
}
