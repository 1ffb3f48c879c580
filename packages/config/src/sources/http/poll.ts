import type { Clock } from "../../clock.ts";
import { inBackground, pause } from "../../concurrency.ts";

export interface PollOptions {
  readonly intervalMs: number;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Ends it. */
  readonly aborted: AbortSignal;
  /** May reject when its signal is aborted, for no other reason. */
  readonly look: (signal: AbortSignal) => Promise<void>;
}

/** The part of an interval that is left to chance, to either side. */
const JITTER = 0.2;

/**
 * Looks again and again, at intervals that differ by up to a fifth, so that not all instances ask at
 * the same moment. Disposing it waits for a look that is under way.
 */
export function poll(options: PollOptions): AsyncDisposable {
  return inBackground(options.aborted, (signal) => loop(options, signal));
}

async function loop(options: PollOptions, signal: AbortSignal): Promise<void> {
  const { intervalMs, random, clock, look } = options;
  while (!signal.aborted) {
    const waitMs = intervalMs * (1 - JITTER + 2 * JITTER * random());
    const looked = pause(clock, waitMs, signal).then(() => look(signal));
    await looked.catch(() => {}); // it was aborted
  }
}
