import type { Runtime } from "@llmcfg/client";

/** A clock that stands still until it is moved; whoever sleeps wakes when their time has come. */
export class HeldRuntime implements Runtime {
  #elapsedMs = 0;
  readonly #startsAtMs: number;
  readonly #sleepers = new Set<{ readonly endsAtMs: number; readonly wake: () => void }>();
  /** What {@link random} gives. */
  chance = 0.5;

  constructor(startsAtMs = Date.parse("2026-11-22T02:20:00.000Z")) {
    this.#startsAtMs = startsAtMs;
  }

  nowMs(): number {
    return this.#startsAtMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  random(): number {
    return this.chance;
  }

  /** For how long those who sleep have yet to sleep, shortest first. */
  get sleeps(): readonly number[] {
    const left = [...this.#sleepers].map(({ endsAtMs }) => endsAtMs - this.#elapsedMs);
    return left.toSorted((a, b) => a - b);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms <= 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { endsAtMs: this.#elapsedMs + ms, wake: resolve };
    const abort = () => reject(signal?.reason as Error); // what an abort gives
    this.#sleepers.add(sleeper);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      this.#sleepers.delete(sleeper);
      signal?.removeEventListener("abort", abort);
    }
  }

  advance(ms: number): void {
    this.#elapsedMs += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.endsAtMs <= this.#elapsedMs) sleeper.wake();
    }
  }
}
