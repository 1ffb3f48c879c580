import type { Clock } from "../clock.ts";

/** `files`: what lies in files of this machine; `all`: what secret backends have, too. */
export type RotationScope = "files" | "all";

export interface RotationOptions {
  readonly clock: Clock;
  /** Quiet time after the last event of a file, in milliseconds. */
  readonly settleMs: number;
  /** Fetches the values again. Must not reject. */
  readonly refetch: (scope: RotationScope, signal: AbortSignal) => Promise<void>;
}

/**
 * Has secrets fetched again: at intervals, and shortly after a file changed. One timer, one
 * refetch at a time.
 */
export class Rotation implements AsyncDisposable {
  readonly #options: RotationOptions;
  readonly #ended = new AbortController();
  #timer: Disposable | undefined;
  #working: Promise<void> | undefined;
  #intervalMs: number | undefined;
  #allAtMs = Number.POSITIVE_INFINITY;
  #filesAtMs = Number.POSITIVE_INFINITY;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  /**
   * From now on all are fetched again at this interval; nothing: never. The interval that runs
   * already goes on, so that frequent changes of the configuration do not put it off.
   */
  every(intervalMs: number | undefined): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    this.#allAtMs = this.#options.clock.now() + (intervalMs ?? Number.POSITIVE_INFINITY);
    this.#setTimer();
  }

  filesChanged(): void {
    this.#filesAtMs = this.#options.clock.now() + this.#options.settleMs;
    this.#setTimer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#timer?.[Symbol.dispose]();
    await this.#working;
  }

  #setTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const { clock } = this.#options;
    const nextMs = Math.min(this.#allAtMs, this.#filesAtMs) - clock.now();
    const isIdle = this.#working === undefined && !this.#ended.signal.aborted;
    if (!isIdle || nextMs === Number.POSITIVE_INFINITY) return;
    this.#timer = clock.setTimeout(() => void this.#run(), Math.max(nextMs, 0));
  }

  async #run(): Promise<void> {
    const nowMs = this.#options.clock.now();
    const isAllDue = nowMs >= this.#allAtMs;
    if (isAllDue || nowMs >= this.#filesAtMs) {
      if (isAllDue) this.#allAtMs = nowMs + (this.#intervalMs ?? Number.POSITIVE_INFINITY);
      this.#filesAtMs = Number.POSITIVE_INFINITY;
      this.#working = this.#options.refetch(isAllDue ? "all" : "files", this.#ended.signal);
      await this.#working;
      this.#working = undefined;
    }
    this.#setTimer();
  }
}
