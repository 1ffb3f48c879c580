import type { Clock } from "../clock.ts";
import type { RankedSource } from "../load/source-state.ts";
import type { Change } from "../reload/machine.ts";
import type { Trigger } from "../reload/trigger.ts";
import { Duration } from "../values/duration.ts";

export interface SourceWatchOptions {
  readonly clock: Clock;
  readonly pollIntervalMs: number;
  readonly signal: (change: Change) => void;
  readonly onTrouble: (error: Error) => void;
}

/**
 * Listens to the sources that are neither files nor the environment: those that can say so tell of
 * changes, the others are read at intervals.
 */
export class SourceWatch implements AsyncDisposable {
  readonly #options: SourceWatchOptions;
  readonly #ended = new AbortController();
  readonly #watches = new AsyncDisposableStack();
  #timer: Disposable | undefined;

  constructor(options: SourceWatchOptions) {
    this.#options = options;
  }

  async watch(sources: readonly RankedSource[]): Promise<void> {
    let isPolled = false;
    for (const { supply, kind } of sources) {
      if (supply.type !== "foreign") continue;
      const { source } = supply;
      const trigger: Trigger = kind === "kubernetes" ? "kubernetes" : "remote";
      if (source.watch === undefined) isPolled = true;
      else await this.#begin(source.watch.bind(source), trigger);
    }
    if (isPolled) this.#timer = this.#nextPoll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#timer?.[Symbol.dispose]();
    await this.#watches.disposeAsync();
  }

  async #begin(
    watch: NonNullable<(RankedSource["supply"] & { readonly type: "foreign" })["source"]["watch"]>,
    trigger: Trigger,
  ): Promise<void> {
    const pollInterval = Duration.fromMs(this.#options.pollIntervalMs);
    const aborted = this.#ended.signal;
    const signal = (hint?: { readonly whole?: boolean }) => {
      if (!aborted.aborted) this.#options.signal({ trigger, whole: hint?.whole === true });
    };
    try {
      this.#watches.use(await watch({ signal, aborted, pollInterval }));
    } catch (error) {
      this.#options.onTrouble(
        error instanceof Error ? error : new Error("the source cannot be watched"),
      );
    }
  }

  #nextPoll(): Disposable {
    return this.#options.clock.setTimeout(() => {
      if (this.#ended.signal.aborted) return;
      this.#options.signal({ trigger: "poll", whole: false });
      this.#timer = this.#nextPoll();
    }, this.#options.pollIntervalMs);
  }
}
