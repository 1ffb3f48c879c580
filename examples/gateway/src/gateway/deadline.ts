/** A time limit that can be moved while what it limits goes on. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  #total: NodeJS.Timeout;
  #wait: NodeJS.Timeout | undefined;
  #isOver = false;

  /** @param outer aborts this one too, with its reason */
  constructor(limitMs: number, outer: AbortSignal) {
    this.#outer = outer;
    this.#total = this.#timer(limitMs);
    if (outer.aborted) this.#abort();
    outer.addEventListener("abort", this.#abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether it was the limit that aborted. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Begins again, with another limit. */
  extend(limitMs: number): void {
    clearTimeout(this.#total);
    this.#total = this.#timer(limitMs);
  }

  /** Limits the next wait; calling it again ends the last one. */
  limitWait(limitMs: number): void {
    clearTimeout(this.#wait);
    this.#wait = this.#timer(limitMs);
  }

  endWait(): void {
    clearTimeout(this.#wait);
  }

  /** Takes the limit away; the outer signal still aborts. */
  lift(): void {
    clearTimeout(this.#total);
    clearTimeout(this.#wait);
  }

  end(): void {
    this.lift();
    this.#outer.removeEventListener("abort", this.#abort);
  }

  readonly #abort = (): void => {
    this.#controller.abort(this.#outer.reason);
  };

  #timer(limitMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#isOver = true;
      this.#controller.abort(new Error("the time is over"));
    }, limitMs);
  }
}
