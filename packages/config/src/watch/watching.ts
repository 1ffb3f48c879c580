import type { Clock } from "../clock.ts";
import type { FileSystem } from "../file-system.ts";
import type { RankedSource } from "../load/source-state.ts";
import type { MachineOptions } from "../reload/machine.ts";
import type { Trigger } from "../reload/trigger.ts";
import { FileWatch } from "./file-watch.ts";
import { type Outcome, Scheduler } from "./scheduler.ts";
import { SourceWatch } from "./source-watch.ts";
import type { WatchTrouble } from "./watch-trouble.ts";

export interface WatchingOptions extends MachineOptions {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly mode: "events" | "poll";
  readonly pollIntervalMs: number;
  /** Must not reject. */
  readonly reload: (trigger: Trigger) => Promise<Outcome>;
  readonly onDeferred: (trigger: Trigger) => void;
  readonly onTrouble: (trouble: WatchTrouble) => void;
  /** A directory that could not be watched is watched again. */
  readonly onRecovered: (what: string) => void;
}

/** Notices changes of files and sources, and reloads when it is time to. */
export class Watching implements AsyncDisposable {
  readonly #scheduler: Scheduler;
  readonly #files: FileWatch;
  readonly #sources: SourceWatch;

  constructor(options: WatchingOptions) {
    const { fs, clock, mode, pollIntervalMs, onTrouble, onRecovered } = options;
    this.#scheduler = new Scheduler(options);
    const onChange = (trigger: Trigger) => this.#scheduler.signal({ trigger, whole: false });
    const about = { clock, pollIntervalMs, onTrouble };
    this.#files = new FileWatch({ ...about, fs, mode, onChange, onRecovered });
    const signal = this.#scheduler.signal.bind(this.#scheduler);
    this.#sources = new SourceWatch({ ...about, signal });
  }

  get mode(): "events" | "poll" {
    return this.#files.mode;
  }

  /** Ids of the sources that are read at intervals. */
  get polledSources(): ReadonlySet<string> {
    return this.#sources.polled;
  }

  async start(
    sources: readonly RankedSource[],
    files: ReadonlyMap<string, string | undefined>,
  ): Promise<void> {
    await this.#files.watch(files);
    await this.#sources.watch(sources);
  }

  /** From now on these files are watched, and no others. */
  async watchFiles(files: ReadonlyMap<string, string | undefined>): Promise<void> {
    await this.#files.watch(files);
  }

  /** A reload that somebody asked for failed for a reason that may pass. */
  retryLater(): void {
    this.#scheduler.retryLater();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using owned = new AsyncDisposableStack();
    owned.use(this.#scheduler);
    owned.use(this.#files);
    owned.use(this.#sources);
  }
}
