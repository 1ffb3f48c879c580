import { setTimeout as sleep } from "node:timers/promises";
import type { Duration } from "@llmcfg/config";
import {
  type Attempt,
  type EffectivePolicies,
  findFallback,
  findModel,
  type ProviderConfig,
  policiesFor,
} from "@llmcfg/gateway";
import { ApiError } from "../api-error.ts";
import type { ChatRequest } from "../dialects/chat-request.ts";
import type { AgentPool } from "./agent-pool.ts";
import { AttemptFailure } from "./attempt-failure.ts";
import { callProvider, type ProviderAnswer } from "./call-provider.ts";
import { Deadline } from "./deadline.ts";
import type { CallEnd, DeploymentHealth, OpenCall } from "./deployment-health.ts";
import { dialectOf } from "./dialect-of.ts";

import type { GatewaySnapshot } from "./gateway-snapshot.ts";

export interface Forwarding {
  readonly snapshot: GatewaySnapshot;
  readonly chat: ChatRequest;
  /** In order of preference, at least one. */
  readonly attempts: readonly Attempt[];
  readonly agents: AgentPool;
  readonly health: DeploymentHealth;
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
}

export interface Forwarded {
  /** The deployment that answers. */
  readonly attempt: Attempt;
  readonly answer: ProviderAnswer;
}

/**
 * The answer of the first deployment that gives one.
 *
 * After a failure the next attempt that is meant for its cause is made; where there is none, the
 * same one again, as often and after such waits as `retry_policy` has it. All of it together takes
 * no longer than `total_timeout`. Once the first byte is there, nothing is repeated.
 *
 * @throws {ApiError} what the last failure comes to
 */
export async function forward(forwarding: Forwarding): Promise<Forwarded> {
  const { attempts, snapshot, signal } = forwarding;
  const [first] = attempts;
  if (first === undefined) throw new TypeError("there is nothing to try");
  const { retry_policy: retries } = policiesFor(snapshot.config, first.provider, first.model);
  const limit = limitOf(forwarding, retries);
  const total = new Deadline(limit.ms, signal);
  try {
    const forwarded = await tryAll(forwarding, retries, total);
    if (forwarded.answer.type === "stream") total.lift();
    else total.end();
    return forwarded;
  } catch (error) {
    total.end();
    if (error instanceof AttemptFailure) throw error.toApiError();
    if (!total.isOver) throw error;
    const message = `no provider answered within ${limit.toString()}`;
    throw new ApiError(message, { status: 504, type: "api_error", code: "timeout" });
  }
}

/** A whole answer takes no longer than the server gives a request; a stream has limits of its own. */
function limitOf({ snapshot, chat }: Forwarding, { total_timeout: total }: RetryPolicy): Duration {
  const { request_timeout: server } = snapshot.config.server;
  return !chat.isStream && server.ms < total.ms ? server : total;
}

type RetryPolicy = EffectivePolicies["retry_policy"];

async function tryAll(
  forwarding: Forwarding,
  retries: RetryPolicy,
  total: Deadline,
): Promise<Forwarded> {
  const { attempts } = forwarding;
  const tried = new Set<number>();
  let retried = 0;
  for (let index = 0; ; ) {
    tried.add(index);
    const attempt = attempts[index];
    if (attempt === undefined) throw new TypeError("there is nothing to try");
    try {
      return { attempt, answer: await tryOne(forwarding, attempt, total.signal) };
    } catch (error) {
      if (!(error instanceof AttemptFailure) || error.cause === undefined) throw error;
      const next = findFallback(attempts, tried, error.cause);
      if (next === undefined) {
        if (!mayRetry(error, retries, retried)) throw error;
        await sleep(waitMs(error, retries, retried), undefined, { signal: total.signal });
        retried++;
      } else index = next;
    }
  }
}

async function tryOne(
  { snapshot, chat, agents, health }: Forwarding,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<ProviderAnswer> {
  const { config } = snapshot;
  const provider = getProvider(config.providers, attempt.provider);
  const call = health.begin(snapshot, attempt.provider, attempt.model);
  try {
    const answer = await callProvider({
      chat,
      attempt,
      provider,
      model: findModel(provider.models, attempt.model),
      dialect: dialectOf(provider),
      policies: policiesFor(config, attempt.provider, attempt.model),
      agents,
      signal,
    });
    call.firstByte();
    if (answer.type === "stream") return { ...answer, rest: watched(answer.rest, call) };
    call.end({ type: "answered" });
    return answer;
  } catch (error) {
    call.end(endOf(error, config.resilience.circuit_breaker.failure_statuses));
    throw error;
  }
}

function getProvider(providers: readonly ProviderConfig[], id: string): ProviderConfig {
  const found = providers.find((provider) => provider.id === id);
  if (found === undefined) throw new TypeError(`the decision names ${id}, which is not there`);
  return found;
}

/** A stream that breaks off counts as a failure, one that the caller leaves does not. */
async function* watched<T>(rest: AsyncIterable<T>, call: OpenCall): AsyncGenerator<T> {
  let end: CallEnd = { type: "no_fault" };
  try {
    yield* rest;
    end = { type: "answered" };
  } catch (error) {
    end = { type: "failed" };
    throw error;
  } finally {
    call.end(end);
  }
}

function endOf(error: unknown, failureStatuses: readonly number[]): CallEnd {
  if (!(error instanceof AttemptFailure)) return { type: "no_fault" };
  const { cause, status, retryAfterMs } = error;
  if (cause === "rate_limited") return { type: "rate_limited", retryAfterMs };
  if (cause === "timeout" || status === undefined) return { type: "failed" };
  return { type: failureStatuses.includes(status) ? "failed" : "no_fault" };
}

function mayRetry(error: AttemptFailure, retries: RetryPolicy, retried: number): boolean {
  const { cause, status } = error;
  const isMeant =
    cause === "timeout"
      ? retries.on_timeout
      : status === undefined
        ? retries.on_connection_error
        : retries.on_status_codes.includes(status);
  const wish = retries.respect_retry_after ? (error.retryAfterMs ?? 0) : 0;
  return isMeant && retried < retries.max_retries && wish <= retries.max_retry_after.ms;
}

function waitMs(error: AttemptFailure, retries: RetryPolicy, retried: number): number {
  const { initial_backoff, max_backoff, factor, jitter, respect_retry_after } = retries;
  const backoff = Math.min(initial_backoff.ms * factor ** retried, max_backoff.ms);
  const wish = respect_retry_after ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(wish, backoff * (1 - jitter * Math.random()));
}
