import type { JsonObject } from "@llmcfg/core";
import { numberAt, objectAt, textAt } from "../json-members.ts";
import type { ServerSentEvent } from "../server-sent-events.ts";
import { toFinishReason, toUsage } from "./anthropic-answer.ts";
import type { ChatRequest } from "./chat-request.ts";
import { parseData } from "./openai.ts";
import { upstreamError } from "./upstream-error.ts";

/** The events of a message that comes bit by bit, as the chunks of a chat completion. */
export async function* toChunks(
  events: AsyncIterable<ServerSentEvent>,
  request: ChatRequest,
): AsyncGenerator<JsonObject> {
  const stream = new MessageStream(request);
  for await (const { data } of events) {
    yield* stream.read(parseData(data));
    if (stream.isDone) return;
  }
  throw upstreamError("the provider's stream ended before it was done");
}

/** One message while it comes. */
class MessageStream {
  readonly #request: ChatRequest;
  readonly #created = Math.floor(Date.now() / 1_000);
  /** By the index of the content block: the place among the tool calls. */
  readonly #calls = new Map<number, number>();
  #id = "";
  #usage: JsonObject = {};
  #isDone = false;

  constructor(request: ChatRequest) {
    this.#request = request;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** The chunks that an event comes to; kinds that are not known come to none. */
  *read(event: JsonObject): Iterable<JsonObject> {
    switch (textAt(event, "type") ?? "") {
      case "message_start": {
        const message = objectAt(event, "message");
        this.#id = textAt(message, "id") ?? "";
        this.#usage = { ...objectAt(message, "usage") };
        yield this.#chunk({ role: "assistant", content: "" });
        break;
      }
      case "content_block_start":
        yield* this.#startBlock(event);
        break;
      case "content_block_delta":
        yield* this.#continueBlock(event);
        break;
      case "message_delta": {
        this.#usage = { ...this.#usage, ...objectAt(event, "usage") };
        yield this.#chunk({}, toFinishReason(textAt(objectAt(event, "delta"), "stop_reason")));
        break;
      }
      case "message_stop":
        this.#isDone = true;
        if (this.#request.wantsUsage) yield this.#usageChunk();
        break;
      case "error":
        throw upstreamError(textAt(objectAt(event, "error"), "message") ?? "no message");
      default:
        break; // ping, content_block_stop, and what is still to be invented
    }
  }

  *#startBlock(event: JsonObject): Iterable<JsonObject> {
    const block = objectAt(event, "content_block");
    if (textAt(block, "type") !== "tool_use") return;
    const index = this.#calls.size;
    this.#calls.set(numberAt(event, "index") ?? 0, index);
    const called = { name: textAt(block, "name") ?? "", arguments: "" };
    const call = { index, id: textAt(block, "id") ?? "", type: "function", function: called };
    yield this.#chunk({ tool_calls: [call] });
  }

  *#continueBlock(event: JsonObject): Iterable<JsonObject> {
    const delta = objectAt(event, "delta");
    const text = textAt(delta, "text");
    const input = textAt(delta, "partial_json");
    const index = this.#calls.get(numberAt(event, "index") ?? 0);
    if (text !== undefined) yield this.#chunk({ content: text });
    if (input === undefined || index === undefined) return;
    yield this.#chunk({ tool_calls: [{ index, function: { arguments: input } }] });
  }

  #chunk(delta: JsonObject, finishReason: string | null = null): JsonObject {
    const choice = { index: 0, delta, logprobs: null, finish_reason: finishReason };
    return { ...this.#head(), choices: [choice] };
  }

  #usageChunk(): JsonObject {
    return { ...this.#head(), choices: [], usage: toUsage(this.#usage) };
  }

  #head(): JsonObject {
    const { model } = this.#request;
    return { id: this.#id, object: "chat.completion.chunk", created: this.#created, model };
  }
}
