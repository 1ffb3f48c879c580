import { setImmediate as nextTurn } from "node:timers/promises";

/** How long the event loop is kept at a time. */
const SLICE_MS = 5;

/** Work in slices of some milliseconds: whoever does much of it lets others go on in between. */
export class Slices {
  #since = performance.now();

  /** Returns at once while the slice is not over. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < SLICE_MS) return;
    await nextTurn();
    this.#since = performance.now();
  }

  /** What the steps come to; others go on between them. */
  async run<R>(steps: Iterator<void, R>): Promise<R> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await this.pause();
    }
  }
}

/** What the steps come to, without a pause. */
export function runSteps<R>(steps: Iterator<void, R>): R {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
