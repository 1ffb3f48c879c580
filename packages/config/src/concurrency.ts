/**
 * Waiting with limits: for a signal, for a time, for a turn.
 *
 * @module
 */

import type { Clock } from "./clock.ts";

/**
 * What `work` gives, or what `late` gives if that takes longer than `ms`.
 *
 * The work goes on: give it a signal if it can be stopped.
 */
export async function withTimeout<T>(
  work: Promise<T>,
  limit: { readonly clock: Clock; readonly ms: number; readonly late: () => T },
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  using timers = new DisposableStack();
  const giveUp = () => {
    try {
      resolve(limit.late());
    } catch (error) {
      reject(error);
    }
  };
  timers.use(limit.clock.setTimeout(giveUp, limit.ms));
  return await Promise.race([work, promise]);
}

/** What `work` gives, unless the signal is aborted before; the work goes on then. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Waits so long. Rejects with the signal's reason when it is aborted before. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using timers = new DisposableStack();
  timers.use(clock.setTimeout(resolve, ms));
  await abortable(promise, signal);
}

/** Lets so many pieces of work run at a time; the others wait in order. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

/**
 * Begins work that goes on until it is disposed or `aborted` aborts. Disposing waits for its end.
 *
 * @param work ends soon after its signal aborts, and never rejects
 */
export function inBackground(
  aborted: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): AsyncDisposable {
  const ended = new AbortController();
  const finished = work(AbortSignal.any([aborted, ended.signal]));
  return {
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await finished;
    },
  };
}
