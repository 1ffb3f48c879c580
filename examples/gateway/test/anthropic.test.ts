import type { Json, JsonObject } from "@llmcfg/core";
import { describe, expect, test } from "vitest";
import type { ApiError } from "../src/api-error.ts";
import { anthropicDialect } from "../src/dialects/anthropic.ts";
import { parseChatRequest } from "../src/dialects/chat-request.ts";
import { collect } from "./support/collect.ts";

const TARGET = { model: "claude-5", apiVersion: "2023-06-01", maxOutputTokens: undefined };
const HELLO = [{ role: "user", content: "Hello" }];

function translate(body: JsonObject): JsonObject {
  const chat = parseChatRequest({ model: "claude", messages: HELLO, ...body });
  return anthropicDialect.toUpstream(chat, TARGET).body;
}

async function chunksOf(given: readonly JsonObject[], wantsUsage = true) {
  const chat = parseChatRequest({
    model: "claude",
    messages: HELLO,
    stream: true,
    stream_options: { include_usage: wantsUsage },
  });
  async function* stream() {
    for (const event of given) yield { event: undefined, data: JSON.stringify(event) };
  }
  return await collect(anthropicDialect.toChunks(stream(), chat));
}

describe("a chat completion as a message", () => {
  test("asks for the model's name upstream, and for as many tokens as the request says", () => {
    expect(translate({})).toEqual({
      model: "claude-5",
      max_tokens: 4_096,
      messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
    });
    expect(translate({ max_tokens: 10 })["max_tokens"]).toBe(10);
    expect(translate({ max_tokens: 10, max_completion_tokens: 20 })["max_tokens"]).toBe(20);
  });

  test("what the system and the developer say stands apart", () => {
    const messages = [
      { role: "system", content: "Be brief." },
      ...HELLO,
      { role: "developer", content: [{ type: "text", text: "No lists." }] },
    ];

    const body = translate({ messages });

    expect(body["system"]).toBe("Be brief.\n\nNo lists.");
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "Hello" }] },
    ]);
  });

  test("roles alternate: what one side says in a row is one message", () => {
    const messages = [
      ...HELLO,
      { role: "user", content: "Again" },
      { role: "assistant", content: "Hi" },
    ];

    expect(translate({ messages })["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Hello" },
          { type: "text", text: "Again" },
        ],
      },
      { role: "assistant", content: [{ type: "text", text: "Hi" }] },
    ]);
  });

  test("tools, their calls and their results", () => {
    const messages = [
      ...HELLO,
      {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: "call_1",
            type: "function",
            function: { name: "now", arguments: '{"zone":"UTC"}' },
          },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: "noon" },
    ];
    const parameters = { type: "object", properties: { zone: { type: "string" } } };
    const tools = [
      { type: "function", function: { name: "now", description: "The time", parameters } },
    ];

    const body = translate({
      messages,
      tools,
      tool_choice: "required",
      parallel_tool_calls: false,
    });

    expect(body["tools"]).toEqual([
      { name: "now", description: "The time", input_schema: parameters },
    ]);
    expect(body["tool_choice"]).toEqual({ type: "any", disable_parallel_tool_use: true });
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "Hello" }] },
      {
        role: "assistant",
        content: [{ type: "tool_use", id: "call_1", name: "now", input: { zone: "UTC" } }],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "call_1", content: "noon" }] },
    ]);
  });

  test("images, given inline or by address", () => {
    const urls = ["data:image/png;base64,iVBORw0=", "https://example.com/a.png"];
    const content = urls.map((url) => ({ type: "image_url", image_url: { url } }));

    const { messages } = translate({ messages: [{ role: "user", content }] }) as {
      readonly messages: Json;
    }; // every translation has messages

    expect(messages).toEqual([
      {
        role: "user",
        content: [
          {
            type: "image",
            source: { type: "base64", media_type: "image/png", data: "iVBORw0=" },
          },
          { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
        ],
      },
    ]);
  });

  test("the other parameters have names of their own, and their own bounds", () => {
    const body = translate({
      temperature: 1.6,
      top_p: 0.5,
      stop: "END",
      user: "ada",
      stream: true,
    });

    expect(body).toMatchObject({
      temperature: 1,
      top_p: 0.5,
      stop_sequences: ["END"],
      metadata: { user_id: "ada" },
      stream: true,
    });
    expect(translate({ stop: ["a", "b"] })["stop_sequences"]).toEqual(["a", "b"]);
  });

  test.each([
    ["n", { n: 2 }],
    ["logprobs", { logprobs: true }],
    ["response_format", { response_format: { type: "json_schema", json_schema: {} } }],
    ["logit_bias", { logit_bias: { "1": 1 } }],
    ["messages", { messages: [{ role: "user", content: [{ type: "input_audio" }] }] }],
  ])("%s has no translation and is refused, not left out", (param, body) => {
    let thrown: unknown;
    try {
      translate(body);
    } catch (error) {
      thrown = error;
    }

    expect(thrown).toMatchObject({
      name: "ApiError",
      status: 400,
      param,
    } satisfies Partial<ApiError>);
  });
});

describe("a message as a chat completion", () => {
  test("text, calls of tools, the reason for its end and the tokens", () => {
    const chat = parseChatRequest({ model: "claude", messages: HELLO });
    const answer = {
      id: "msg_1",
      content: [
        { type: "text", text: "It is " },
        { type: "text", text: "noon." },
        { type: "tool_use", id: "toolu_1", name: "now", input: { zone: "UTC" } },
      ],
      stop_reason: "tool_use",
      usage: { input_tokens: 5, cache_read_input_tokens: 3, output_tokens: 7 },
    };

    expect(anthropicDialect.toCompletion(answer, chat)).toMatchObject({
      id: "msg_1",
      object: "chat.completion",
      model: "claude",
      choices: [
        {
          index: 0,
          finish_reason: "tool_calls",
          message: {
            role: "assistant",
            content: "It is noon.",
            tool_calls: [
              {
                id: "toolu_1",
                type: "function",
                function: { name: "now", arguments: '{"zone":"UTC"}' },
              },
            ],
          },
        },
      ],
      usage: {
        prompt_tokens: 8,
        completion_tokens: 7,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 3 },
      },
    });
  });

  test.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["max_tokens", "length"],
    ["tool_use", "tool_calls"],
    ["refusal", "content_filter"],
  ])("stop_reason %s is finish_reason %s", (stop_reason, finish_reason) => {
    const chat = parseChatRequest({ model: "claude", messages: HELLO });

    const completion = anthropicDialect.toCompletion({ content: [], stop_reason }, chat);

    expect(completion).toMatchObject({ choices: [{ finish_reason }] });
  });
});

describe("a stream of events as chunks", () => {
  const events = [
    {
      type: "message_start",
      message: { id: "msg_1", usage: { input_tokens: 4, output_tokens: 1 } },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "ping" },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "No" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "on" } },
    { type: "content_block_stop", index: 0 },
    {
      type: "content_block_start",
      index: 1,
      content_block: { type: "tool_use", id: "t1", name: "now", input: {} },
    },
    {
      type: "content_block_delta",
      index: 1,
      delta: { type: "input_json_delta", partial_json: '{"a":' },
    },
    {
      type: "content_block_delta",
      index: 1,
      delta: { type: "input_json_delta", partial_json: "1}" },
    },
    { type: "content_block_stop", index: 1 },
    { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } },
    { type: "message_stop" },
  ];

  test("the role first, then what is added, then the reason for the end, then the tokens", async () => {
    const chunks = await chunksOf(events);

    expect(chunks.map((chunk) => chunk["choices"])).toMatchObject([
      [{ delta: { role: "assistant", content: "" }, finish_reason: null }],
      [{ delta: { content: "No" } }],
      [{ delta: { content: "on" } }],
      [
        {
          delta: { tool_calls: [{ index: 0, id: "t1", function: { name: "now", arguments: "" } }] },
        },
      ],
      [{ delta: { tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] } }],
      [{ delta: { tool_calls: [{ index: 0, function: { arguments: "1}" } }] } }],
      [{ delta: {}, finish_reason: "tool_calls" }],
      [],
    ]);
    expect(chunks.at(-1)?.["usage"]).toMatchObject({ prompt_tokens: 4, completion_tokens: 9 });
    for (const chunk of chunks) {
      expect(chunk).toMatchObject({
        id: "msg_1",
        object: "chat.completion.chunk",
        model: "claude",
      });
    }
  });

  test("the tokens are told only to who asks for them", async () => {
    expect((await chunksOf(events, false)).some((chunk) => "usage" in chunk)).toBe(false);
  });

  test("a stream that is not ended, and one that says error, fail", async () => {
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };

    await expect(chunksOf(events.slice(0, 5))).rejects.toThrow("ended before it was done");
    await expect(chunksOf([...events.slice(0, 4), error])).rejects.toThrow("Overloaded");
  });
});
