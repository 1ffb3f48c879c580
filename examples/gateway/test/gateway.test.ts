import type { JsonObject } from "@llmcfg/core";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  GATEWAY_KEY,
  type GatewayUnderTest,
  startGatewayUnderTest,
} from "./support/start-gateway-under-test.ts";

const HELLO = [{ role: "user", content: "Hello there" }] as const;

function policy(version: string, provider: string): JsonObject {
  const condition = { type: "tenant", ids: ["acme"] };
  const action = { type: "route_to_provider", provider_id: provider };
  return { version, rules: [{ id: `to-${provider}`, condition, action }] };
}

/** Who answers, by which rule, from which configuration. */
async function ask({ client }: GatewayUnderTest): Promise<readonly (string | null)[]> {
  const { response } = await client.chat.completions
    .create({ model: "assistant", messages: [...HELLO] })
    .withResponse();
  return ["provider", "rule", "config"].map((name) => response.headers.get(`x-gateway-${name}`));
}

describe("the gateway on a file", () => {
  let running: GatewayUnderTest;

  beforeAll(async () => {
    running = await startGatewayUnderTest();
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
  });

  test("the openai client gets an answer of the OpenAI upstream", async () => {
    const { data, response } = await running.client.chat.completions
      .create({ model: "only-a", messages: [...HELLO] })
      .withResponse();

    expect(data.choices[0]?.message.content).toBe("upstream-a (gpt-4o) heard: Hello there");
    expect(data.model).toBe("only-a");
    expect(response.headers.get("x-gateway-provider")).toBe("openai");
    expect(response.headers.get("x-gateway-rule")).toBe("default");
  });

  test("and one of the Anthropic upstream, in the same words", async () => {
    const { data, response } = await running.client.chat.completions
      .create({ model: "only-b", messages: [{ role: "system", content: "Be brief." }, ...HELLO] })
      .withResponse();

    expect(data.choices[0]?.message.content).toBe("upstream-b (claude-5) heard: Hello there");
    expect(data.choices[0]?.finish_reason).toBe("stop");
    expect(data.usage?.total_tokens).toBeGreaterThan(0);
    expect(response.headers.get("x-gateway-provider")).toBe("anthropic");
  });

  test.each([
    ["only-a", "upstream-a (gpt-4o) heard: Hello there"],
    ["only-b", "upstream-b (claude-5) heard: Hello there"],
  ])("%s streams its answer word by word, and tells the tokens at the end", async (model, text) => {
    const stream = await running.client.chat.completions.create({
      model,
      messages: [...HELLO],
      stream: true,
      stream_options: { include_usage: true },
    });

    const words: string[] = [];
    let finish: string | null | undefined;
    let total = 0;
    for await (const chunk of stream) {
      const choice = chunk.choices[0];
      if (choice?.delta.content) words.push(choice.delta.content);
      finish = choice?.finish_reason ?? finish;
      total = chunk.usage?.total_tokens ?? total;
      expect(chunk.model).toBe(model);
    }
    expect(words.length).toBeGreaterThan(3);
    expect(words.join("")).toBe(text);
    expect(finish).toBe("stop");
    expect(total).toBeGreaterThan(0);
  });

  test.each(["only-a", "only-b"])("%s calls a tool, streaming and not", async (model) => {
    const request: OpenAI.ChatCompletionCreateParamsNonStreaming = {
      model,
      messages: [...HELLO],
      tools: [{ type: "function", function: { name: "now", parameters: { type: "object" } } }],
      tool_choice: { type: "function", function: { name: "now" } },
    };
    const { completions } = running.client.chat;

    const whole = await completions.create(request);
    const streamed = await completions.stream({ ...request, stream: true }).finalChatCompletion();

    for (const { choices } of [whole, streamed]) {
      expect(choices[0]?.finish_reason).toBe("tool_calls");
      expect(choices[0]?.message.tool_calls?.[0]).toMatchObject({
        type: "function",
        function: { name: "now", arguments: "{}" },
      });
    }
  });

  test.each(["down", "limited", "broken", "slow"])(
    "%s at one provider is answered by the other, streaming and not",
    async (model) => {
      const request = { model, messages: [...HELLO] };

      const whole = await running.client.chat.completions.create(request).withResponse();
      const stream = await running.client.chat.completions.create({ ...request, stream: true });
      let text = "";
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";

      expect(whole.data.choices[0]?.message.content).toContain("upstream-b");
      expect(whole.response.headers.get("x-gateway-provider")).toBe("anthropic");
      expect(text).toContain("upstream-b");
    },
  );

  test("a request that is at fault itself is not tried elsewhere", async () => {
    const before = running.anthropic.served;

    const refusal = running.client.chat.completions.create({
      model: "refused",
      messages: [...HELLO],
    });

    await expect(refusal).rejects.toMatchObject({ status: 400, type: "invalid_request_error" });
    expect(running.anthropic.served).toBe(before);
  });

  test("what nobody can answer says why, in OpenAI's format", async () => {
    const refusal = running.client.chat.completions.create({
      model: "only-down",
      messages: [...HELLO],
    });

    await expect(refusal).rejects.toMatchObject({ status: 503, type: "api_error" });
  });

  test("a stream that breaks off raises an error in the client", async () => {
    const stream = await running.client.chat.completions.create({
      model: "cut",
      messages: [...HELLO],
      stream: true,
    });

    let text = "";
    const reading = (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    })();

    await expect(reading).rejects.toThrow("broke off");
    expect(text).not.toBe("");
  });

  test("models are those of the enabled providers, each once", async () => {
    const { data } = await running.client.models.list();

    const ids = data.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(["assistant", "only-a", "a", "only-b"]));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("an alias is a model too", async () => {
    const { choices } = await running.client.chat.completions.create({
      model: "a",
      messages: [...HELLO],
    });

    expect(choices[0]?.message.content).toContain("upstream-a");
  });

  test.each([
    ["a wrong key", { apiKey: "gw-wrong" }],
    ["half a key", { apiKey: GATEWAY_KEY.slice(0, -1) }],
  ])("%s is refused", async (_what, { apiKey }) => {
    const stranger = new OpenAI({ apiKey, baseURL: `${running.gateway.url}/v1`, maxRetries: 0 });

    const refusal = stranger.chat.completions.create({ model: "assistant", messages: [...HELLO] });

    await expect(refusal).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
  });

  test("a model that nobody has does not exist", async () => {
    const refusal = running.client.chat.completions.create({
      model: "gpt-9",
      messages: [...HELLO],
    });

    await expect(refusal).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
      param: "model",
    });
  });

  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["no model", '{"messages":[{"role":"user","content":"x"}]}'],
    ["no messages", '{"model":"assistant"}'],
    ["a reserved name", '{"model":"assistant","messages":[{"role":"user","__proto__":{}}]}'],
  ])("%s is refused with 400, and the answer says what is wrong", async (_what, body) => {
    const response = await fetch(`${running.gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "x-api-key": GATEWAY_KEY },
      body,
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
  });

  test("the gateway says that it is well to anybody, and nothing else", async () => {
    const health = await fetch(`${running.gateway.url}/healthz`);
    const models = await fetch(`${running.gateway.url}/v1/models`);

    expect(health.status).toBe(200);
    expect(models.status).toBe(401);
  });

  test("every answer says which configuration it was made with", async () => {
    const health = await fetch(`${running.gateway.url}/healthz`);

    expect(health.headers.get("x-gateway-config")).toBe(
      "version=1; revision=none; rules=1.0; generation=none",
    );
  });
});

describe("a change while the gateway runs", () => {
  test("the next request goes by the new rules, and says so", async () => {
    await using running = await startGatewayUnderTest({
      routing: { policy: policy("1", "openai") },
      extensions: { generation: 1 },
    });
    const before = await ask(running);

    const result = await running.configure({
      routing: { policy: policy("2", "anthropic") },
      extensions: { generation: 2 },
    });

    expect(result.status).toBe("applied");
    expect(before).toEqual([
      "openai",
      "to-openai",
      "version=1; revision=none; rules=1; generation=1",
    ]);
    expect(await ask(running)).toEqual([
      "anthropic",
      "to-anthropic",
      "version=2; revision=none; rules=2; generation=2",
    ]);
  });

  test("a stream that began before it ends as it began", async () => {
    await using running = await startGatewayUnderTest({
      routing: { policy: policy("1", "openai") },
    });
    const stream = await running.client.chat.completions.create({
      model: "assistant",
      messages: [...HELLO],
      stream: true,
    });

    await running.configure({ routing: { policy: policy("2", "anthropic") } });

    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe("upstream-a (gpt-4o) heard: Hello there");
  });

  test("VAL-7 a policy that names an unknown provider is refused, and the old one keeps serving", async () => {
    await using running = await startGatewayUnderTest({
      routing: { policy: policy("1", "openai") },
    });

    const result = await running.configure({ routing: { policy: policy("2", "nobody") } });

    expect(result.status).toBe("rejected");
    expect(result.errors).toMatchObject([
      {
        code: "unknown_provider",
        path: "routing.policy.rules[to-nobody].action.provider_id",
      },
    ]);
    expect((await ask(running)).slice(0, 2)).toEqual(["openai", "to-openai"]);
  });

  test("a rule that rejects answers with its own status and reason", async () => {
    const action = { type: "reject", status: 451, reason: "not in this country" };
    const rules = [{ id: "no", condition: { type: "always" }, action }];
    await using running = await startGatewayUnderTest({ routing: { policy: { rules } } });

    const refusal = running.client.chat.completions.create({
      model: "assistant",
      messages: [...HELLO],
    });

    await expect(refusal).rejects.toMatchObject({ status: 451, code: "rejected" });
    await expect(refusal).rejects.toThrow("not in this country");
  });
});

describe("the breaker", () => {
  test("after failures in a row the provider is left alone, and asked again once its time is over", async () => {
    let nowMs = Date.parse("2026-11-22T10:00:00Z");
    const resilience = {
      enable_queuing: false,
      circuit_breaker: { consecutive_failures: 2, open_duration: "100ms" },
      retry_policy: { max_retries: 0 },
    };
    await using running = await startGatewayUnderTest({ resilience }, { nowMs: () => nowMs });
    const { completions } = running.client.chat;
    const askThrice = async () => {
      for (let i = 0; i < 3; i++) await completions.create({ model: "down", messages: [...HELLO] });
      return running.openai.served;
    };

    const served = [await askThrice()];
    nowMs += 99;
    served.push(await askThrice());
    nowMs += 1;
    served.push(await askThrice());

    expect(served).toEqual([2, 2, 3]);
  });
});
