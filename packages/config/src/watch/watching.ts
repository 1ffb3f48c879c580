import type { Clock } from "../clock.ts";
import type { FileSystem } from "../file-system.ts";
import type { RankedSource } from "../load/source-state.ts";
import type { MachineOptions, Outcome } from "../reload/machine.ts";
import type { Trigger } from "../reload/trigger.ts";
import type { RotationPlan } from "../secrets/rotating-secrets.ts";
import { Rotation, type RotationScope } from "../secrets/rotation.ts";
import type { WatchedPath } from "../sources/seen-path.ts";
import { FileWatch } from "./file-watch.ts";
import { Scheduler } from "./scheduler.ts";
import { SourceWatch } from "./source-watch.ts";
import type { WatchTrouble } from "./watch-trouble.ts";
import type { WatchedFile } from "./watched-files.ts";

export interface WatchingOptions extends MachineOptions {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly mode: "events" | "poll";
  readonly pollIntervalMs: number;
  /** By how much at most what remote sources tell is put off. */
  readonly jitterMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Must not reject. */
  readonly reload: (trigger: Trigger) => Promise<Outcome>;
  /** Fetches secrets again. Must not reject. */
  readonly refetch: (scope: RotationScope, signal: AbortSignal) => Promise<void>;
  readonly onDeferred: (trigger: Trigger) => void;
  readonly onTrouble: (trouble: WatchTrouble) => void;
  /** A directory that could not be watched is watched again. */
  readonly onRecovered: (what: string) => void;
}

/**
 * Notices changes of files and sources, and reloads when it is time to; has secrets fetched again
 * when a file of theirs changes, and at intervals.
 */
export class Watching implements AsyncDisposable {
  readonly #mode: "events" | "poll";
  readonly #scheduler: Scheduler;
  readonly #files: FileWatch;
  readonly #sources: SourceWatch;
  readonly #secretFiles: FileWatch;
  readonly #rotation: Rotation;
  #secretPaths: ReadonlySet<string> = new Set();

  constructor(options: WatchingOptions) {
    const { fs, clock, mode, pollIntervalMs, onTrouble, onRecovered } = options;
    this.#mode = mode;
    this.#scheduler = new Scheduler(options);
    const onChange = (trigger: Trigger) => this.#scheduler.signal({ trigger, whole: false });
    const about = { clock, pollIntervalMs, onTrouble };
    this.#files = new FileWatch({ ...about, fs, mode, onChange, onRecovered });
    const { debounceMs: settleMs, refetch } = options;
    this.#rotation = new Rotation({ clock, settleMs, refetch });
    const onSecret = () => this.#rotation.filesChanged();
    this.#secretFiles = new FileWatch({ ...about, fs, mode, onChange: onSecret, onRecovered });
    const signal = this.#scheduler.signal.bind(this.#scheduler);
    const { jitterMs, random } = options;
    this.#sources = new SourceWatch({ ...about, jitterMs, random, signal });
  }

  /** How files are meant to be watched. */
  get mode(): "events" | "poll" {
    return this.#mode;
  }

  /** Whether events tell of changes of all of these files, not the poll alone. */
  hears(files: readonly WatchedPath[]): boolean {
    return this.#files.hears(files);
  }

  /** Whether a change waits until the rate of reloads allows it. */
  get isDeferred(): boolean {
    return this.#scheduler.isDeferred;
  }

  /** Ids of the sources whose own watch hears of nothing at the moment. */
  get deafSources(): ReadonlySet<string> {
    return this.#sources.deaf;
  }

  /** Ids of the sources that are read at intervals. */
  get polledSources(): ReadonlySet<string> {
    return this.#sources.polled;
  }

  async start(
    sources: readonly RankedSource[],
    files: readonly WatchedFile[],
    secrets: RotationPlan,
  ): Promise<void> {
    await this.watchSecrets(secrets);
    await this.#files.watch(files);
    await this.#sources.watch(sources);
  }

  /** From now on these files are watched, and no others. */
  async watchFiles(files: readonly WatchedFile[]): Promise<void> {
    await this.#files.watch(files);
  }

  /** As {@link watchFiles}, of what handles lead to: a change there is a rotation. */
  async watchSecrets({ files, intervalMs }: RotationPlan): Promise<void> {
    this.#rotation.every(intervalMs);
    const isNew = [...files].some((path) => !this.#secretPaths.has(path));
    this.#secretPaths = files;
    const watched = [...files].map(
      (path) => ({ path, type: "file", identity: undefined }) as const,
    );
    await this.#secretFiles.watch(watched);
    if (isNew) this.#rotation.filesChanged(); // they may have changed since they were read
  }

  /** A reload that somebody asked for failed, or was partial, for a reason that may pass. */
  retryLater(): void {
    this.#scheduler.retryLater();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using owned = new AsyncDisposableStack();
    owned.use(this.#scheduler);
    owned.use(this.#files);
    owned.use(this.#rotation);
    owned.use(this.#secretFiles);
    owned.use(this.#sources);
  }
}
