import { LlmcfgError } from "@llmcfg/core";
import type { WaitOptions } from "./ports.ts";

/** How many tasks of one tenant may wait; more are refused. */
const MAX_WAITING = 1_000;

/** The tasks of one tenant that have not ended. */
interface Line {
  last: Promise<void>;
  size: number;
}

/**
 * Runs the tasks of each tenant one after the other, in the order they came.
 *
 * So that what one commit was checked against is not moved by another one of this process.
 */
export class TenantQueue {
  readonly #lines = new Map<string, Line>();

  /**
   * The result of `task`, once its turn has come. A task whose signal has aborted by then is not
   * begun.
   *
   * @throws {LlmcfgError} `STORE_UNAVAILABLE` where a thousand tasks wait already
   */
  async run<T>(tenant: string, task: () => Promise<T>, { signal }: WaitOptions = {}): Promise<T> {
    const line = this.#lines.get(tenant) ?? { last: Promise.resolve(), size: 0 };
    if (line.size > MAX_WAITING) {
      const message = `${MAX_WAITING} writes are waiting already`;
      throw new LlmcfgError("STORE_UNAVAILABLE", message, { retryAfter: 1 });
    }
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    const before = line.last;
    this.#lines.set(tenant, line);
    line.last = done;
    line.size += 1;
    try {
      await before;
      signal?.throwIfAborted();
      return await task();
    } finally {
      finish();
      line.size -= 1;
      if (line.size === 0) this.#lines.delete(tenant);
    }
  }
}
