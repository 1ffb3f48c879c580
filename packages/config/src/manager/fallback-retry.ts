import type { Clock } from "../clock.ts";
import type { Outcome } from "../reload/machine.ts";
import type { Reloader } from "../reload/reloader.ts";
import type { Trigger } from "../reload/trigger.ts";
import { Scheduler } from "../watch/scheduler.ts";
import { toWatchSettings } from "./settings.ts";

export interface FallbackRetryOptions {
  readonly reloader: Pick<Reloader<unknown>, "isFallback">;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly reload: (trigger: Trigger) => Promise<unknown>;
  readonly onDeferred: (trigger: Trigger) => void;
}

/**
 * Asks the sources again, with waits from 1 to 60 s, for as long as what was stored is in force. For a
 * manager that watches nothing: one that watches does so by itself.
 */
export class FallbackRetry implements AsyncDisposable {
  readonly #options: FallbackRetryOptions;
  readonly #scheduler: Scheduler;

  /** Does nothing before {@link FallbackRetry.start}. */
  constructor(options: FallbackRetryOptions) {
    this.#options = options;
    const { clock, random, onDeferred } = options;
    const reload = (trigger: Trigger) => this.#reload(trigger);
    this.#scheduler = new Scheduler({ ...toWatchSettings({}), clock, random, reload, onDeferred });
  }

  start(): void {
    if (this.#options.reloader.isFallback) this.#scheduler.retryLater();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scheduler[Symbol.asyncDispose]();
  }

  async #reload(trigger: Trigger): Promise<Outcome> {
    const { reloader, reload } = this.#options;
    if (!reloader.isFallback) return "unchanged"; // a reload that was asked for came before
    await reload(trigger).catch(() => {}); // stopped, or a defect: what is stored serves on
    return reloader.isFallback ? "transient" : "changed";
  }
}
