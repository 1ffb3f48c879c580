/**
 * Clients that append keys nobody wrote before, and note what they were told is written.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Access } from "./mortal-server.ts";

/** One answer of success: these keys have this value since this revision. */
export interface Acknowledged {
  readonly keys: readonly string[];
  readonly value: number;
  readonly revision: number;
}

/** What has come of the requests so far; it grows while writers run. */
export interface WriteLog {
  readonly acknowledged: readonly Acknowledged[];
  /** Requests that got no answer: their writes are there, or not. */
  readonly unanswered: number;
  /** Answers that were no success; a killed server gives none. */
  readonly refused: readonly string[];
}

const NAMESPACE = "development/faults";
const ANSWER_TIMEOUT_MS = 20_000;
const PAUSE_MS = 25;

/** Single keys and pairs of keys in turn, each with a number of its own; ends when disposed. */
export class Writers implements AsyncDisposable {
  readonly #access: Access;
  readonly #acknowledged: Acknowledged[] = [];
  readonly #refused: string[] = [];
  #tasks: readonly Promise<void>[] = [];
  #answered = Promise.withResolvers<void>();
  #unanswered = 0;
  #next = 1;
  #isStopped = false;

  constructor(access: Access) {
    this.#access = access;
  }

  static start(access: Access, count: number): Writers {
    const writers = new Writers(access);
    writers.#tasks = Array.from({ length: count }, () => writers.#run());
    return writers;
  }

  get log(): WriteLog {
    return {
      acknowledged: this.#acknowledged,
      unanswered: this.#unanswered,
      refused: this.#refused,
    };
  }

  /** Resolves with the next acknowledged write. */
  whenAnswered(): Promise<void> {
    return this.#answered.promise;
  }

  /** Resolves once the last request has its answer. */
  async stop(): Promise<WriteLog> {
    this.#isStopped = true;
    await Promise.all(this.#tasks);
    return this.log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const value = this.#next++;
      const keys = value % 2 === 0 ? [`k-${value}`] : [`pair-${value}-a`, `pair-${value}-b`];
      try {
        await this.#write(keys, value);
      } catch {
        this.#unanswered++;
        await delay(PAUSE_MS); // the server is down
      }
    }
  }

  async #write(keys: readonly string[], value: number): Promise<void> {
    const [path, body] = toRequest(keys, value);
    const { url, token } = this.#access;
    const response = await fetch(`${url}${path}?confirm=true`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.ok) {
      const revision = Number(response.headers.get("config-revision"));
      this.#acknowledged.push({ keys, value, revision });
      this.#answered.resolve();
      this.#answered = Promise.withResolvers();
    } else {
      this.#refused.push(`${keys.join(" ")}: ${response.status} ${text}`);
    }
  }
}

function toRequest(keys: readonly string[], value: number): readonly [path: string, body: object] {
  const [only] = keys;
  if (keys.length === 1) return [`/v1/configs/${NAMESPACE}/${only}`, { value }];
  const operations = keys.map((key) => ({ op: "put", path: `${NAMESPACE}/${key}`, value }));
  return ["/v1/batch", { operations }];
}
