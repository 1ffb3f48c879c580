import type { Clock } from "../clock.ts";
import type { RankedSource } from "../load/source-state.ts";
import type { Change } from "../reload/machine.ts";
import type { ConfigSource, SourceWatchContext } from "../sources/config-source.ts";
import { Duration } from "../values/duration.ts";
import type { WatchTrouble } from "./watch-trouble.ts";

export interface SourceWatchOptions {
  readonly clock: Clock;
  readonly pollIntervalMs: number;
  /** What a source tells is put off by a random part of this; not what is whole. */
  readonly jitterMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly signal: (change: Change) => void;
  readonly onTrouble: (trouble: WatchTrouble) => void;
}

/**
 * Listens to the sources that are neither files nor the environment: those that can say so tell of
 * changes, the others, and those whose watch does not begin, are read at intervals.
 */
export class SourceWatch implements AsyncDisposable {
  readonly #options: SourceWatchOptions;
  readonly #ended = new AbortController();
  readonly #watches = new AsyncDisposableStack();
  readonly #polled = new Set<string>();
  readonly #deaf = new Set<string>();
  #timer: Disposable | undefined;
  /** Where something was told that is put off. */
  #later: Disposable | undefined;

  constructor(options: SourceWatchOptions) {
    this.#options = options;
  }

  /** Ids of the sources that are read at intervals. */
  get polled(): ReadonlySet<string> {
    return this.#polled;
  }

  /** Ids of the sources whose own watch hears of nothing: it failed, or tries to begin again. */
  get deaf(): ReadonlySet<string> {
    return this.#deaf;
  }

  /** Settles once every source has begun, or failed to. */
  async watch(sources: readonly RankedSource[]): Promise<void> {
    await Promise.all(
      sources.map(async ({ supply }) => {
        if (supply.type === "foreign") await this.#watch(supply.source);
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#timer?.[Symbol.dispose]();
    this.#later?.[Symbol.dispose]();
    await this.#watches.disposeAsync();
  }

  async #watch(source: ConfigSource): Promise<void> {
    if (source.watch === undefined) return this.#poll(source.id);
    try {
      const watch = await source.watch(this.#contextFor(source));
      if (!this.#ended.signal.aborted) this.#watches.use(watch);
      else await watch[Symbol.asyncDispose](); // it began too late
    } catch (cause) {
      if (this.#ended.signal.aborted) return;
      this.#deaf.add(source.id);
      this.#poll(source.id);
      const instead = `${source.id} is read at intervals`;
      const error = cause instanceof Error ? cause : new Error("it cannot be watched", { cause });
      this.#options.onTrouble({ what: source.id, instead, error });
    }
  }

  #contextFor({ id, kind }: ConfigSource): SourceWatchContext {
    const aborted = this.#ended.signal;
    const trigger = kind === "kubernetes" ? "kubernetes" : "remote";
    return {
      aborted,
      pollInterval: Duration.fromMs(this.#options.pollIntervalMs),
      signal: (hint) => {
        if (!aborted.aborted) this.#tell({ trigger, whole: hint?.whole === true });
      },
      alive: (isAlive) => {
        if (isAlive) this.#deaf.delete(id);
        else this.#deaf.add(id);
      },
    };
  }

  /** Instances that hear of a change at the same moment do not all read at the same moment (P10). */
  #tell(change: Change): void {
    const { jitterMs, random, clock, signal } = this.#options;
    if (change.whole || jitterMs === 0) return signal(change);
    this.#later ??= clock.setTimeout(() => {
      this.#later = undefined;
      signal(change);
    }, jitterMs * random());
  }

  #poll(id: string): void {
    this.#polled.add(id);
    if (!this.#ended.signal.aborted) this.#timer ??= this.#nextPoll();
  }

  #nextPoll(): Disposable {
    return this.#options.clock.setTimeout(() => {
      if (this.#ended.signal.aborted) return;
      this.#options.signal({ trigger: "poll", whole: false });
      this.#timer = this.#nextPoll();
    }, this.#options.pollIntervalMs);
  }
}
