import { setImmediate as nextTurn } from "node:timers/promises";

/** How long the event loop is kept at a time; a collection of garbage in it takes up to 15 ms more. */
const SLICE_MS = 3;

/** Work in slices of some milliseconds: whoever does much of it lets others go on in between. */
export class Slices {
  #since = nowMs();

  /** Returns at once while the slice is not over. */
  async pause(): Promise<void> {
    if (!this.#isOver) return;
    await nextTurn();
    this.#since = nowMs();
  }

  /** What the steps come to; others go on between them. */
  async run<R>(steps: Iterator<void, R>): Promise<R> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (this.#isOver) await this.pause(); // not for each step: most are very short
    }
  }

  get #isOver(): boolean {
    return nowMs() - this.#since >= SLICE_MS;
  }
}

/**
 * Whether work makes a step after so many parts of one object or list, of those that have parts
 * themselves: however they lie in each other there is little work between two steps, and most
 * of it is not the steps.
 */
export function isStep(parts: number): boolean {
  return parts === 2 || parts % 16 === 0;
}

/** Milliseconds that only go up. `performance` would load a module of 6 ms at a start. */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

/** What is done once for many parts, in steps. */
export type Steps<R> = Generator<void, R, void>;

/** What the steps come to, without a pause. */
export function runSteps<R>(steps: Iterator<void, R>): R {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
