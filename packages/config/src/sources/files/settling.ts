import type { Clock } from "../../clock.ts";
import { pause } from "../../concurrency.ts";

export interface SettlingOptions {
  readonly clock: Clock;
  /** How long what is read may go on changing; default 2 s. */
  readonly settleTimeoutMs?: number | undefined;
  readonly signal: AbortSignal;
  /** How many further looks come without a wait: what is exchanged as a whole is at rest at once. */
  readonly atOnce?: number | undefined;
}

/** Waits between looks at what is being written; the last one is repeated. */
const WAITS_MS = [50, 100, 200, 400] as const;

/** How often what lies in several files is read again at once. */
export const AT_ONCE: number = 4;

/** Waits for files to come to rest while they are read (P5, P12), as long as that may take. */
export class Settling {
  readonly #options: SettlingOptions;
  readonly #sinceMs: number;
  #looks = 0;

  constructor(options: SettlingOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.now();
  }

  /**
   * Waits until it is time to look again.
   *
   * @returns false at once where the time is over; rejects with the reason of the signal
   */
  async mayLookAgain(): Promise<boolean> {
    const { clock, settleTimeoutMs = 2_000, signal, atOnce = 0 } = this.#options;
    const waits = this.#looks++ - atOnce;
    signal.throwIfAborted();
    if (waits < 0) return true;
    const waitMs = WAITS_MS[Math.min(waits, WAITS_MS.length - 1)] ?? 0;
    if (clock.now() - this.#sinceMs + waitMs > settleTimeoutMs) return false;
    await pause(clock, waitMs, signal);
    return true;
  }
}
