import { request as requestHttp, type ServerResponse } from "node:http";
import type { Json, JsonObject } from "@llmcfg/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  GATEWAY_KEY,
  type GatewayUnderTest,
  startGatewayUnderTest,
} from "./support/start-gateway-under-test.ts";
import {
  type MisbehavingUpstream,
  startMisbehavingUpstream,
} from "./support/start-misbehaving-upstream.ts";

const REQUEST = { model: "shared", messages: [{ role: "user", content: "Hello" }] } as const;

let running: GatewayUnderTest;
let upstream: MisbehavingUpstream;

beforeAll(async () => {
  upstream = await startMisbehavingUpstream();
  running = await startGatewayUnderTest();
  const { status } = await running.configure({
    providers: providersFor(upstream, running),
    resilience: {
      enable_queuing: false,
      circuit_breaker: { enabled: false },
      retry_policy: { max_retries: 0 },
    },
  });
  if (status !== "applied") throw new Error("the configuration is not applied");
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** The bad one first; it alone has the model `alone`. */
function providersFor(
  { url }: MisbehavingUpstream,
  { openai }: GatewayUnderTest,
): readonly JsonObject[] {
  return [
    {
      id: "bad",
      type: "openai_compatible",
      endpoint: url,
      auth: { type: "none" },
      models: [{ id: "shared" }, { id: "alone" }],
    },
    {
      id: "good",
      type: "openai",
      endpoint: `${openai.url}/v1`,
      auth: { type: "api_key", key: "key-a" },
      models: [{ id: "shared", upstream_id: "gpt-4o" }],
    },
  ];
}

async function ask(model: string, members: Readonly<Record<string, Json>> = {}) {
  const response = await fetch(`${running.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "x-api-key": GATEWAY_KEY },
    body: JSON.stringify({ ...REQUEST, model, ...members }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

type Answer = readonly [what: string, answer: (response: ServerResponse) => void];

const WHOLE: readonly Answer[] = [
  ["no JSON", (response) => response.end("<html>")],
  ["nothing", (response) => response.writeHead(204).end()],
  ["a list", (response) => response.end("[1]")],
  ["a redirect", (response) => response.writeHead(302, { location: "/elsewhere" }).end()],
];

const STREAMED: readonly Answer[] = [
  ["a whole answer for a stream", (response) => response.end('{"choices":[]}')],
  ["a stream that begins with an error", (response) => sendEvent(response, '{"error":{}}')],
  ["a stream of nothing", (response) => sendEvent(response, "[DONE]")],
  ["an event without end", (response) => response.end("x".repeat(9 * 1_048_576))],
];

function sendEvent(response: ServerResponse, data: string): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(`data: ${data}\n\n`);
}

describe.each<readonly [how: string, stream: boolean, answers: readonly Answer[]]>([
  ["whole", false, WHOLE],
  ["streamed", true, STREAMED],
])("an answer that makes no sense, %s", (_how, stream, answers) => {
  test.each(answers)("%s leads to the next provider", async (_what, answer) => {
    upstream.answer = answer;

    const { status, headers } = await ask("shared", { stream });

    expect(status).toBe(200);
    expect(headers.get("x-gateway-provider")).toBe("good");
  });

  test.each(answers)("%s is a 502 where there is no other", async (_what, answer) => {
    upstream.answer = answer;

    const { status, text } = await ask("alone", { stream });

    expect(status).toBe(502);
    expect(text).toMatch(/^\{"error":\{"message":"bad: [^"]+","type":"api_error"/);
  });
});

test("what went wrong upstream is told in its words", async () => {
  upstream.answer = (response) => sendEvent(response, '{"error":{"message":"overloaded"}}');

  const { text } = await ask("alone", { stream: true });

  expect(text).toContain("bad: overloaded");
});

test("a caller that goes away takes its request upstream along", async () => {
  const before = upstream.brokenOff;
  const asked = Promise.withResolvers<void>();
  upstream.answer = () => asked.resolve(); // and never answers
  const outgoing = requestHttp(`${running.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "x-api-key": GATEWAY_KEY },
  });
  outgoing.on("error", () => {}); // it is broken off on purpose
  outgoing.end(JSON.stringify({ ...REQUEST, model: "alone" }));

  await asked.promise;
  outgoing.destroy();

  await expect.poll(() => upstream.brokenOff).toBe(before + 1);
});

test("a wish to come back later than max_retry_after is not waited for, be it a date", async () => {
  let asked = 0;
  const later = new Date(Date.now() + 3_600_000).toUTCString();
  upstream.answer = (response) => {
    asked++;
    response.writeHead(429, { "retry-after": later }).end("{}");
  };
  const { status } = await running.configure({
    providers: providersFor(upstream, running),
    resilience: {
      enable_queuing: false,
      circuit_breaker: { enabled: false },
      retry_policy: { max_retries: 1, initial_backoff: "1ms", max_retry_after: "1s" },
    },
  });
  expect(status).toBe("applied");

  const answer = await ask("alone");

  expect(answer.status).toBe(429);
  expect(asked).toBe(1);
});
