/** Time, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fn` once, `ms` from now, unless it is disposed before. */
  setTimeout(fn: () => void, ms: number, options?: TimerOptions): Disposable;
}

export interface TimerOptions {
  /** Does not keep the process alive; default false. */
  readonly isBackground?: boolean;
}

/** Node.js calls at once what is to be called later than this. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms, { isBackground = false } = {}) => {
    const timer = setTimeout(fn, Math.min(ms, MAX_TIMEOUT_MS));
    if (isBackground) timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
