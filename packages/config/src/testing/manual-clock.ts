import type { Clock } from "../clock.ts";

interface Timer {
  readonly atMs: number;
  readonly fn: () => void;
}

/**
 * Time that moves only when it is told to.
 *
 * @example
 * ```ts
 * const clock = new ManualClock();
 * const loader = new ConfigLoader(schema, { clock });
 * clock.advance(500); // what is due by then has been called
 * ```
 */
export class ManualClock implements Clock {
  #nowMs: number;
  #timers: readonly Timer[] = [];

  /** @param startMs milliseconds since 1970 */
  constructor(startMs = 1_000_000) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimeout(fn: () => void, ms: number): Disposable {
    const timer = { atMs: this.#nowMs + ms, fn };
    this.#timers = [...this.#timers, timer];
    return { [Symbol.dispose]: () => this.#drop(timer) };
  }

  /** How many timers are set: none is left once everything is closed. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Moves on, and calls what is due on the way in order of time, then of setting. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#firstUntil(endMs); next; next = this.#firstUntil(endMs)) {
      this.#drop(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fn();
    }
    this.#nowMs = endMs;
  }

  #firstUntil(endMs: number): Timer | undefined {
    const due = this.#timers.filter(({ atMs }) => atMs <= endMs);
    return due.toSorted((a, b) => a.atMs - b.atMs)[0];
  }

  #drop(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}
