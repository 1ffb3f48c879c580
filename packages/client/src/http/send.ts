/**
 * A request and its answer: deadline, retries, and every failure as an error of ours.
 *
 * @module
 */

import { isLlmcfgError, LlmcfgError } from "@llmcfg/core";
import type { Runtime } from "../runtime.ts";
import { exchange, type Peer, type Request } from "./exchange.ts";
import { readText } from "./read-text.ts";
import { retryDelayMs } from "./retry.ts";
import { isConnectionReset, isMisuse, unreachable } from "./unreachable.ts";

export interface SendSettings {
  readonly peer: Peer;
  /** From the call to the end of the answer, retries included. */
  readonly timeoutMs: number;
  readonly runtime: Runtime;
}

/** How long a caller waits. */
export interface CallOptions {
  /** Once it aborts, the call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of the client's own. */
  readonly timeoutMs?: number | undefined;
}

/** An answer as it came. */
export interface Reply {
  /** 2xx, or 304. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Sends a request until there is an answer.
 *
 * @throws {LlmcfgError} the reason of the problem document, or of what stands for it; `OFFLINE_MISS`
 *   where no answer came; `DEADLINE_EXCEEDED`
 */
export type Send = (request: Request, options?: CallOptions) => Promise<Reply>;

export function createSend(settings: SendSettings): Send {
  return (request, options = {}) => sendInTime(settings, request, options);
}

async function sendInTime(
  settings: SendSettings,
  request: Request,
  options: CallOptions,
): Promise<Reply> {
  const timeoutMs = (options.timeoutMs ?? settings.timeoutMs) + (request.waitMs ?? 0);
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal =
    options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  const endsAtMs = settings.runtime.monotonicMs() + timeoutMs;
  try {
    return await sendUntilAnswered(settings, withKey(request), { signal, endsAtMs });
  } catch (error) {
    if (isLlmcfgError(error)) throw error;
    options.signal?.throwIfAborted();
    if (!deadline.aborted) throw error;
    const message = `${settings.peer.address.base} did not answer within ${timeoutMs} ms`;
    throw new LlmcfgError("DEADLINE_EXCEEDED", message, {}, { cause: error });
  }
}

/** All attempts go under one key, so it is made before the first. */
function withKey(request: Request): Request {
  if (request.repeat !== "keyed") return request;
  const key = `"${crypto.randomUUID()}"`;
  return { ...request, headers: { "idempotency-key": key, ...request.headers } };
}

async function sendUntilAnswered(
  settings: SendSettings,
  request: Request,
  within: { readonly signal: AbortSignal; readonly endsAtMs: number },
): Promise<Reply> {
  const { runtime } = settings;
  const repeat = request.repeat ?? (request.method === "GET" ? "always" : "never");
  for (let attempt = 1; ; attempt++) {
    const outcome = await sendOnce(settings.peer, request, within.signal);
    if (outcome.kind === "answered") return outcome.reply;

    const delayMs = retryDelayMs({
      ...outcome,
      attempt,
      isRepeatable: repeat !== "never",
      remainingMs: within.endsAtMs - runtime.monotonicMs(),
      random: runtime.random(),
    });
    if (delayMs === undefined) throw outcome.failure;
    await runtime.sleep(delayMs, within.signal);
  }
}

type Outcome =
  | { readonly kind: "answered"; readonly reply: Reply }
  | { readonly kind: "failed"; readonly failure: LlmcfgError; readonly wasReset: boolean };

async function sendOnce(peer: Peer, request: Request, signal: AbortSignal): Promise<Outcome> {
  try {
    const response = await exchange(peer, request, signal);
    const { status, headers } = response;
    return { kind: "answered", reply: { status, headers, text: await readText(response) } };
  } catch (error) {
    if (isLlmcfgError(error)) return { kind: "failed", failure: error, wasReset: false };
    signal.throwIfAborted();
    if (isMisuse(error)) throw error;
    const failure = unreachable(peer.address.base, error);
    return { kind: "failed", failure, wasReset: isConnectionReset(error) };
  }
}
