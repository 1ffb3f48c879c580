/**
 * Time and chance. A port, so that tests can hold them still.
 *
 * @module
 */

export interface Runtime {
  /** Wall clock: milliseconds since 1970. For instants that are shown, never for ages. */
  nowMs(): number;
  /** Never goes back, whatever happens to the wall clock. For ages and deadlines. */
  monotonicMs(): number;
  /** At least 0 and below 1. */
  random(): number;
  /** Resolves after `ms`; rejects with the reason of `signal` once it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock and the chance of the machine. A sleep keeps the process alive until it ends. */
export const SYSTEM_RUNTIME: Runtime = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  sleep: sleepFor,
};

function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted === true) reject(signal.reason);
  const timer = setTimeout(resolve, ms);
  const stop = () => reject(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  });
}
