/**
 * Requests that may be repeated: the repetition has the answer of the first one.
 *
 * @module
 */

import { LlmcfgError } from "@llmcfg/core";
import type { Caller } from "../policy/ports.ts";
import type { CommitResult } from "./commit-result.ts";
import type { Clock, ConfigStore, IdempotencyKey, StoredAnswer, WaitOptions } from "./ports.ts";

/** An answer as a transport sends it. */
export type Answer = Pick<StoredAnswer, "status" | "headers" | "body">;

/** What makes a request repeatable. */
export interface Once {
  readonly key: string;
  /** SHA-256 of method, path, query and body, in hex. */
  readonly requestHash: string;
  /** How the transport answers when the change is made. */
  readonly answerTo: (result: CommitResult) => Answer;
  /** How it answers when the change is refused. */
  readonly refusalFor: (error: LlmcfgError) => Answer;
}

/** The requests with an idempotency key that this process is working on. */
export class RunningRequests {
  readonly #running = new Set<string>();

  /**
   * Runs `work` unless a request under the same key is running.
   *
   * @throws {LlmcfgError} `IDEMPOTENCY_IN_PROGRESS`
   */
  async run<T>(tenant: string, key: IdempotencyKey, work: () => Promise<T>): Promise<T> {
    const id = JSON.stringify([tenant, key.principal, key.key]);
    if (this.#running.has(id)) {
      const message = "the first request with this idempotency key is still running";
      throw new LlmcfgError("IDEMPOTENCY_IN_PROGRESS", message, { retryAfter: 1 });
    }
    this.#running.add(id);
    try {
      return await work();
    } finally {
      this.#running.delete(id);
    }
  }
}

/**
 * The answer that was given to the same request before, if there is one.
 *
 * @throws {LlmcfgError} `IDEMPOTENCY_KEY_REUSED` where it was another request
 */
export async function findReplay(
  store: Pick<ConfigStore, "findAnswer">,
  { tenant, actor }: Caller,
  once: Pick<Once, "key" | "requestHash">,
  options?: WaitOptions,
): Promise<StoredAnswer | undefined> {
  const key: IdempotencyKey = { principal: actor.principal, key: once.key };
  const answer = await store.findAnswer(tenant, key, options);
  if (answer === undefined || answer.requestHash === once.requestHash) return answer;
  const message = "this idempotency key was used for another request";
  throw new LlmcfgError("IDEMPOTENCY_KEY_REUSED", message, {});
}

export function toStored({ requestHash }: Once, answer: Answer, clock: Clock): StoredAnswer {
  return { requestHash, ...answer, savedAtMs: clock.nowMs() };
}
