import type { Clock } from "../clock.ts";
import type { FileSystem } from "../file-system.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import type { SourceState } from "../load/source-state.ts";
import type { Logger } from "../logger.ts";
import type { Ending } from "../reload/command.ts";
import type { Outcome } from "../reload/machine.ts";
import type { Reloader } from "../reload/reloader.ts";
import type { Trigger } from "../reload/trigger.ts";
import { type WatchedFile, watchedFiles } from "../watch/watched-files.ts";
import { Watching } from "../watch/watching.ts";
import type { Announcements } from "./announcements.ts";
import { FallbackRetry } from "./fallback-retry.ts";
import type { ReloadCounts } from "./reload-counts.ts";
import type { SecretRotations } from "./secret-rotations.ts";
import type { WatchSettings } from "./settings.ts";
import { type WatchState, type WatchStates, watchStatesOf } from "./watch-states.ts";

export interface LiveWatchingOptions<T> {
  /** Nothing where nothing is watched. */
  readonly settings: WatchSettings | undefined;
  readonly core: LoaderCore<T>;
  readonly clock: Clock;
  readonly fs: FileSystem;
  readonly reloader: Reloader<T>;
  readonly rotations: SecretRotations<T>;
  readonly counts: ReloadCounts;
  readonly announcements: Announcements;
  readonly logger: Logger;
  /** What the sources delivered at boot, as it was when it was read. */
  readonly seen: readonly WatchedFile[];
  readonly reload: (trigger: Trigger) => Promise<Ending>;
}

/**
 * Notices that sources and secrets of the configuration that runs have changed, once it is started.
 * Where nothing is watched, only a process that started from what was stored asks its sources again.
 */
export class LiveWatching<T> implements WatchStates, AsyncDisposable {
  readonly #options: LiveWatchingOptions<T>;
  #watching: Watching | undefined;
  #retry: FallbackRetry | undefined;
  #hasEnded = false;

  constructor(options: LiveWatchingOptions<T>) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { settings, reloader, rotations, seen } = this.#options;
    if (settings === undefined) {
      this.#retry = this.#createRetry();
      this.#retry.start();
      return;
    }
    this.#watching = this.#create(settings);
    const secrets = rotations.plan;
    const files = [...watchedFiles(reloader.current.origin), ...seen];
    await this.#watching.start(reloader.sources, files, secrets);
    if (this.#isWaiting()) this.#watching.retryLater();
  }

  statesOf(source: SourceState): readonly WatchState[] {
    const states = this.#watching === undefined ? [] : watchStatesOf(source, this.#watching);
    return this.#hasEnded ? states.map(({ mode }) => ({ mode, isAlive: false })) : states;
  }

  get isDeferred(): boolean {
    return this.#watching?.isDeferred ?? false;
  }

  /**
   * Watches what the configuration is made of after a command. Also of what amounts to the same: it
   * may be made of other files by now. A refused attempt is mended in its own files, which may be
   * others than the accepted ones.
   */
  async follow(ending: Ending): Promise<void> {
    if (this.#watching === undefined) return;
    const { reloader, rotations } = this.#options;
    const { result, isTransient } = ending;
    const isRefused = result.status === "rejected";
    const { origin } = reloader.current;
    await this.#watching.watchFiles(watchedFiles(origin, isRefused ? ending : undefined));
    if (!isRefused) await this.#watching.watchSecrets(rotations.plan);
    const isPassing = isTransient || reloader.isFallback || (!isRefused && this.#isWaiting());
    if (isPassing && !AUTOMATIC.has(result.trigger)) this.#watching.retryLater();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#hasEnded = true;
    await this.#watching?.[Symbol.asyncDispose]();
    await this.#retry?.[Symbol.asyncDispose]();
  }

  #createRetry(): FallbackRetry {
    const { core, clock, reloader, reload } = this.#options;
    const onDeferred = (trigger: Trigger) => this.#deferred(trigger);
    return new FallbackRetry({ reloader, clock, random: core.random, reload, onDeferred });
  }

  #create(settings: WatchSettings): Watching {
    const { core, clock, fs, rotations, announcements, logger } = this.#options;
    const { health } = announcements;
    return new Watching({
      ...settings,
      fs,
      clock,
      random: core.random,
      reload: (trigger) => this.#reload(trigger),
      refetch: (scope, signal) => rotations.refetch(scope, signal),
      onDeferred: (trigger) => this.#deferred(trigger),
      onTrouble: (trouble) => {
        const { what, instead, error } = trouble;
        if (health.watchTrouble(trouble)) {
          logger.warn({ what, err: error }, `changes of ${what} are not heard of: ${instead}`);
        }
        announcements.emit("watcher", { error });
        announcements.checkHealth();
      },
      onRecovered: (what) => {
        health.watchRecovered(what);
        announcements.checkHealth();
      },
    });
  }

  #deferred(trigger: Trigger): void {
    const { counts, announcements } = this.#options;
    counts.deferred(trigger);
    announcements.emit("reload_deferred", { version: this.#version });
  }

  async #reload(trigger: Trigger): Promise<Outcome> {
    const { reload, reloader } = this.#options;
    try {
      const { result, isTransient } = await reload(trigger);
      if (isTransient || reloader.isFallback) return "transient";
      if (result.status === "rejected") return "changed"; // it would be as often as it is read
      const isUnchanged = result.status === "unchanged";
      if (this.#isWaiting()) return isUnchanged ? "transient" : "partial";
      return isUnchanged ? "unchanged" : "changed";
    } catch {
      return "transient"; // stopped, or a defect: what is accepted serves on
    }
  }

  get #version(): number {
    return this.#options.reloader.current.snapshot.version;
  }

  /** Whether a source could not be asked, or none was accepted yet: it is asked again until it is. */
  #isWaiting(): boolean {
    const { isFallback, current } = this.#options.reloader;
    return isFallback || current.origin.states.some(isAway);
  }
}

function isAway({ condition }: SourceState): boolean {
  return condition === "unreachable" || condition === "unreadable";
}

/** Reloads that are tried again by themselves. */
const AUTOMATIC: ReadonlySet<Trigger> = new Set(["file", "poll", "remote", "kubernetes", "retry"]);
