import type { Backoff } from "../../backoff.ts";
import type { Clock } from "../../clock.ts";
import { inBackground, pause } from "../../concurrency.ts";

export interface WatchLoopOptions {
  /**
   * One connection's worth of watching: ends or throws when it breaks. It calls `healthy` when the
   * other side has answered, so that the next failure waits shortly again.
   */
  readonly run: (signal: AbortSignal, healthy: () => void) => Promise<void>;
  /** Told after a connection to which the other side did not answer, and when it does again. */
  readonly alive?: ((isAlive: boolean) => void) | undefined;
  readonly backoff: Backoff;
  readonly clock: Clock;
  /** Ends the loop. */
  readonly aborted: AbortSignal;
}

/**
 * Watches again and again, with growing waits while it fails. Failures are not reported: the read
 * that the source answers meanwhile says that it is unreachable.
 *
 * Disposing it ends the connection and waits until it is gone.
 */
export function watchLoop(options: WatchLoopOptions): AsyncDisposable {
  return inBackground(options.aborted, (signal) => loop(options, signal));
}

async function loop(options: WatchLoopOptions, signal: AbortSignal): Promise<void> {
  const { run, backoff, clock, alive } = options;
  while (!signal.aborted) {
    let hasAnswered = false;
    const healthy = () => {
      hasAnswered = true;
      backoff.reset();
      alive?.(true);
    };
    await run(signal, healthy).catch(() => {});
    if (signal.aborted) return;
    if (!hasAnswered) alive?.(false);
    await pause(clock, backoff.next(), signal).catch(() => {}); // the loop looks at the signal itself
  }
}
