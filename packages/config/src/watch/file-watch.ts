import { join, resolve } from "node:path";
import type { Clock } from "../clock.ts";
import type { FileSystem } from "../file-system.ts";
import { ABSENT, lookAtPath, type WatchedPath } from "../sources/seen-path.ts";
import type { WatchTrouble } from "./watch-trouble.ts";
import type { WatchedFile } from "./watched-files.ts";

export interface FileWatchOptions {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** `poll` uses no events of the system at all. */
  readonly mode: "events" | "poll";
  /** How often all files are looked at, whatever events say. */
  readonly pollIntervalMs: number;
  /** A file changed, or appeared, or went. */
  readonly onChange: (trigger: "file" | "poll") => void;
  /** Watching a directory failed: its files are polled from now on. */
  readonly onTrouble: (trouble: WatchTrouble) => void;
  /** It is watched again, or no file lies in it any more. */
  readonly onRecovered: (what: string) => void;
}

/** One directory whose events are listened to. */
interface DirectoryWatch {
  readonly watcher: Disposable;
  /** Device and inode: another directory may come under the same name. */
  readonly identity: string;
}

interface Watched extends WatchedPath {
  /** What it was when it was last looked at. */
  identity: string;
  /** Those that tell of its changes. */
  directories: readonly string[];
}

/**
 * Notices that a file may have changed, or that names came or went in a directory. Never watches a file, but the directories it and the end of
 * its symbolic links lie in, so it sees editors that rename and volumes that swap `..data`; looks
 * at every file at intervals too, for file systems without events.
 *
 * Files are told apart by where links lead, device, inode, size, times: what does not change any
 * of these does not count.
 */
export class FileWatch implements AsyncDisposable {
  readonly #options: FileWatchOptions;
  readonly #directories = new Map<string, DirectoryWatch>();
  /** By type and path. */
  #watched = new Map<string, Watched>();
  #timer: Disposable | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isLookDue = false;
  /** An event named a watched file: it may be written twice within one tick of the times. */
  #isNamed = false;
  #isClosed = false;
  /** Directories that cannot be watched: reported once. */
  readonly #troubled = new Set<string>();

  constructor(options: FileWatchOptions) {
    this.#options = options;
  }

  /** Whether events tell of changes of all of these, not the poll alone. */
  hears(files: readonly WatchedPath[]): boolean {
    if (this.#options.mode === "poll" || this.#isClosed) return false;
    if (this.#troubled.size === 0) return true;
    return files.every(({ path, type }) => {
      const { directories = [] } = this.#watched.get(keyOf({ path: resolve(path), type })) ?? {};
      return !directories.some((directory) => this.#troubled.has(directory));
    });
  }

  /**
   * From now on these are watched, and no others. Where one is named twice, the later identity that
   * is known counts.
   */
  async watch(files: readonly WatchedFile[]): Promise<void> {
    const before = this.#watched;
    this.#watched = new Map();
    for (const file of files) {
      const path = resolve(file.path);
      const key = keyOf({ path, type: file.type });
      const known = before.get(key) ?? this.#watched.get(key);
      const identity = before.get(key)?.identity ?? file.identity ?? known?.identity ?? UNSEEN;
      const directories = before.get(key)?.directories ?? [];
      this.#watched.set(key, { path, type: file.type, identity, directories });
    }
    await this.#look(this.#options.mode === "poll" ? "poll" : "file");
    if (!this.#isClosed) this.#timer ??= this.#nextPoll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    for (const { watcher } of this.#directories.values()) watcher[Symbol.dispose]();
    this.#directories.clear();
    await this.#looking;
  }

  #nextPoll(): Disposable {
    const { clock, pollIntervalMs } = this.#options;
    return clock.setTimeout(() => {
      if (this.#isClosed) return;
      void this.#look("poll").finally(() => {
        if (!this.#isClosed) this.#timer = this.#nextPoll();
      });
    }, pollIntervalMs);
  }

  /** One look at a time; one more is due if something happened meanwhile. */
  async #look(trigger: "file" | "poll"): Promise<void> {
    const before = this.#looking;
    const { promise, resolve: done } = Promise.withResolvers<void>();
    this.#looking = promise;
    try {
      await before;
      if (!this.#isClosed) await this.#lookNow(trigger);
    } finally {
      done();
    }
  }

  async #lookNow(trigger: "file" | "poll"): Promise<void> {
    let isChanged = this.#isNamed;
    this.#isLookDue = false;
    this.#isNamed = false;
    const watched = [...this.#watched.values()];
    const looks = await Promise.all(watched.map((one) => lookAtPath(this.#options.fs, one)));
    for (const [i, one] of watched.entries()) {
      const identity = looks[i]?.identity ?? ABSENT;
      const current = this.#watched.get(keyOf(one));
      if (current === undefined) continue; // no longer watched
      if (current.identity !== UNSEEN && current.identity !== identity) isChanged = true;
      current.identity = identity;
      current.directories = looks[i]?.directories ?? [];
    }
    const directories = new Set(looks.flatMap((look) => look.directories));
    if (this.#options.mode === "events") await this.#watchDirectories(directories);
    if (isChanged && !this.#isClosed) this.#options.onChange(trigger);
  }

  async #watchDirectories(directories: ReadonlySet<string>): Promise<void> {
    for (const [directory, { watcher }] of this.#directories) {
      if (directories.has(directory)) continue;
      watcher[Symbol.dispose]();
      this.#directories.delete(directory);
    }
    for (const directory of this.#troubled)
      if (!directories.has(directory)) this.#recover(directory);
    await Promise.all([...directories].map((directory) => this.#watchDirectory(directory)));
  }

  async #watchDirectory(directory: string): Promise<void> {
    const identity = await this.#directoryIdentity(directory);
    const known = this.#directories.get(directory);
    if (known?.identity === identity || this.#isClosed) return;
    known?.watcher[Symbol.dispose]();
    this.#directories.delete(directory);
    if (identity === undefined) return; // it is not there: looked for at the next poll
    const onEvent = (name: string | null) => this.#onEvent(directory, name);
    const onError = (error: Error) => this.#onTrouble(directory, error);
    try {
      const watcher = this.#options.fs.watch(directory, onEvent, onError);
      this.#directories.set(directory, { watcher, identity });
      this.#recover(directory);
      this.#onEvent(directory, null); // what happened before it was watched
    } catch (error) {
      this.#onTrouble(
        directory,
        error instanceof Error ? error : new Error("it cannot be watched"),
      );
    }
  }

  async #directoryIdentity(directory: string): Promise<string | undefined> {
    try {
      const { dev, ino } = await this.#options.fs.stat(directory);
      return `${dev}:${ino}`;
    } catch {
      return undefined;
    }
  }

  /** Any event is a reason to look at every file: a ConfigMap never names the file itself. */
  #onEvent(directory: string, name: string | null): void {
    if (name !== null && this.#watched.has(keyOf({ path: join(directory, name), type: "file" })))
      this.#isNamed = true;
    if (this.#isLookDue || this.#isClosed) return;
    this.#isLookDue = true;
    void this.#look("file");
  }

  #onTrouble(directory: string, error: Error): void {
    this.#directories.get(directory)?.watcher[Symbol.dispose]();
    this.#directories.delete(directory);
    if (this.#isClosed || this.#troubled.has(directory)) return;
    this.#troubled.add(directory);
    this.#options.onTrouble({ what: directory, instead: "files are polled", error });
  }

  #recover(directory: string): void {
    if (this.#troubled.delete(directory)) this.#options.onRecovered(directory);
  }
}

/** Not looked at yet: the first look is no change. */
const UNSEEN = "unseen";

function keyOf({ path, type }: WatchedPath): string {
  return `${type} ${path}`;
}
