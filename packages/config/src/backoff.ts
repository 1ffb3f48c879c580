export interface BackoffOptions {
  /** The first wait, in milliseconds; default 1 s. */
  readonly firstMs?: number;
  /** No wait is longer than this; default 60 s. */
  readonly maxMs?: number;
  /** The part of a wait that is left to chance, 0–1; default 0.2. */
  readonly jitter?: number;
  /** From 0 to below 1; a seam for tests. */
  readonly random?: () => number;
}

/** How long to wait before trying again: twice as long each time, never all at the same moment. */
export class Backoff {
  readonly #options: Required<BackoffOptions>;
  #nextMs: number;

  constructor(options: BackoffOptions = {}) {
    this.#options = { firstMs: 1_000, maxMs: 60_000, jitter: 0.2, random: Math.random, ...options };
    this.#nextMs = this.#options.firstMs;
  }

  /**
   * Milliseconds to wait now.
   *
   * @param atLeastMs what the other side asked for: `Retry-After`
   */
  next(atLeastMs = 0): number {
    const { maxMs, jitter, random } = this.#options;
    const waitMs = this.#nextMs * (1 - jitter * random());
    this.#nextMs = Math.min(2 * this.#nextMs, maxMs);
    return Math.max(waitMs, atLeastMs);
  }

  /** After a success: the next failure waits shortly again. */
  reset(): void {
    this.#nextMs = this.#options.firstMs;
  }
}
