import type { IncomingMessage } from "node:http";
import { revealText } from "@llmcfg/config";
import type { Json, JsonObject } from "@llmcfg/core";
import type { Attempt, EffectivePolicies, ModelConfig, ProviderConfig } from "@llmcfg/gateway";
import { ApiError } from "../api-error.ts";
import type { ChatRequest } from "../dialects/chat-request.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { upstreamError } from "../dialects/upstream-error.ts";
import { readEvents } from "../server-sent-events.ts";
import type { AgentPool } from "./agent-pool.ts";
import { AttemptFailure } from "./attempt-failure.ts";
import { revealCredentials } from "./credentials.ts";
import { Deadline } from "./deadline.ts";
import { ConnectTimeout, post } from "./http-post.ts";

/** One attempt to have a deployment answer. */
export interface ProviderCall {
  readonly chat: ChatRequest;
  readonly attempt: Attempt;
  readonly provider: ProviderConfig;
  readonly model: ModelConfig | undefined;
  readonly dialect: Dialect;
  readonly policies: EffectivePolicies;
  readonly agents: AgentPool;
  /** Aborts when the caller has gone, or its time is over. */
  readonly signal: AbortSignal;
}

/** What a deployment answers: whole, or its first chunk and those that are still to come. */
export type ProviderAnswer =
  | { readonly type: "completion"; readonly body: JsonObject }
  | {
      readonly type: "stream";
      readonly first: JsonObject;
      readonly rest: AsyncIterable<JsonObject>;
    };

/**
 * Asks a deployment, and waits for the answer or its first chunk.
 *
 * @throws {AttemptFailure} what went wrong before that; afterwards the stream itself fails
 */
export async function callProvider(call: ProviderCall): Promise<ProviderAnswer> {
  const { timeouts } = call.policies;
  const { isStream } = call.chat;
  const limitMs = isStream
    ? (timeouts.first_token ?? timeouts.stream_total).ms
    : timeouts.request.ms;
  const deadline = new Deadline(limitMs, call.signal);
  try {
    const response = await send(call, deadline.signal);
    await requireSuccess(call, response);
    if (isStream) return await startStream(call, response, deadline);
    const body = call.dialect.toCompletion(await readAnswer(response), call.chat);
    deadline.end();
    return { type: "completion", body };
  } catch (error) {
    deadline.end();
    throw toFailure(error, call, deadline);
  }
}

async function send(call: ProviderCall, signal: AbortSignal): Promise<IncomingMessage> {
  const { provider, model, dialect, policies, attempt } = call;
  const endpoint = await revealText(provider.endpoint);
  const version = provider.api_version;
  const target = {
    model: await revealText(attempt.upstreamId),
    apiVersion: version === null ? undefined : await revealText(version),
    maxOutputTokens: model?.max_output_tokens ?? undefined,
  };
  const { path, body } = dialect.toUpstream(withParams(call.chat, model), target);
  const { headers, query } = await revealCredentials(provider);
  const url = new URL(endpoint.replace(/\/$/, "") + path);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return await post({
    url,
    headers: { "content-type": "application/json", ...dialect.headers(target), ...headers },
    body: JSON.stringify(body),
    agent: call.agents.agentFor(provider, url),
    connectTimeoutMs: policies.timeouts.connect.ms,
    signal,
  });
}

/** The request with the parameters that the model adds, and without those that it drops. */
function withParams(chat: ChatRequest, model: ModelConfig | undefined): ChatRequest {
  if (model === undefined) return chat;
  const { default_params: added, drop_params: dropped } = model;
  const members = Object.entries({ ...added, ...chat.body });
  const body = Object.fromEntries(members.filter(([name]) => !dropped.includes(name)));
  return { ...chat, body };
}

async function requireSuccess(call: ProviderCall, response: IncomingMessage): Promise<void> {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return;
  const answer = await readAnswer(response).catch(() => undefined);
  const { cause, message, code } = call.dialect.readFailure(status, answer);
  const text = `${call.attempt.provider}: ${message}`;
  throw new AttemptFailure(text, { cause, status, code, retryAfterMs: retryAfterMs(response) });
}

/** Seconds, or a date. RFC 9110, section 10.2.3. */
function retryAfterMs({ headers }: IncomingMessage): number | undefined {
  const given = headers["retry-after"] ?? "";
  const ms = /^[0-9]+$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}

/** What a provider may answer at most, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1_048_576;

async function readAnswer(response: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw upstreamError("the provider's answer is too large");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Json; // what JSON.parse gives
  } catch {
    throw upstreamError("the provider's answer is not JSON");
  }
}

async function startStream(
  { chat, dialect, policies }: ProviderCall,
  response: IncomingMessage,
  deadline: Deadline,
): Promise<ProviderAnswer> {
  const { stream_idle, stream_total } = policies.timeouts;
  const chunks = dialect.toChunks(readEvents(response), chat)[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) throw upstreamError("the provider's stream is empty");
  deadline.extend(stream_total.ms);

  async function* rest(): AsyncGenerator<JsonObject> {
    try {
      for (;;) {
        if (stream_idle !== null) deadline.limitWait(stream_idle.ms);
        const next = await chunks.next();
        deadline.endWait(); // how long the caller takes to read is not the provider's doing
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      deadline.end();
      response.destroy();
    }
  }
  return { type: "stream", first: first.value, rest: rest() };
}

function toFailure(error: unknown, call: ProviderCall, deadline: Deadline): Error {
  if (error instanceof AttemptFailure) return error;
  if (call.signal.aborted) return error instanceof Error ? error : new Error("aborted");
  const { provider } = call.attempt;
  if (deadline.isOver || error instanceof ConnectTimeout) {
    return new AttemptFailure(`${provider} did not answer in time`, { cause: "timeout" });
  }
  if (error instanceof ApiError) return error.status < 500 ? error : toBadAnswer(error, provider);
  const message = `${provider} cannot be reached, or broke off`;
  return new AttemptFailure(message, { cause: "unavailable", error });
}

/** The provider answered, with something that it must not. */
function toBadAnswer({ message, status, code }: ApiError, provider: string): AttemptFailure {
  const text = `${provider}: ${message}`;
  return new AttemptFailure(text, { cause: "server_error", status, code: code ?? undefined });
}
