import { rename } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import { Semaphore } from "../concurrency.ts";
import { ConfigError } from "../errors.ts";
import { systemCode } from "../file-system.ts";
import type { Subscription } from "../values/subscription.ts";
import type { AuditHead, AuditRecord, AuditSink } from "./audit-sink.ts";
import { lineOf } from "./chain.ts";
import { type LogFile, openLogFile, readHead, syncFolder } from "./log-file.ts";
import { type LogRotation, movedLog, moveLogAway, numberMovedLog } from "./log-rotation.ts";
import { Troubles } from "./troubles.ts";

/** How large audit files become, how many are kept, and when they are synced. */
export interface FileAuditOptions {
  /**
   * A file is not made larger than this; default 100 MiB. One that cannot be moved away grows on: that
   * is told once, and tried again each minute.
   */
  readonly maxBytes?: number;
  /** Files kept in all: `audit.jsonl`, `audit.jsonl.1` (the newest old one) and so on; default 10. */
  readonly maxFiles?: number;
  /**
   * When records are forced to disk: with each append, within a second (the default), or when the
   * system likes. `flush` forces them in any case.
   */
  readonly fsync?: "always" | "interval" | "never";
  /** Seam for tests. */
  readonly clock?: Clock;
  /** Seam for tests. */
  readonly fs?: LogRotation["fs"];
}

const SYNC_INTERVAL_MS = 1_000;

/** How long a log that could not be moved away is left where it is. */
const ROTATE_AGAIN_MS = 60_000;

/**
 * JSON Lines in a file of mode 0600: one record a line, one write a line. The chain goes on from
 * what the file holds already; a line torn by a crash is ended and left for `auditVerify` to name.
 *
 * One process writes a file at a time.
 *
 * @throws {ConfigError} `audit_unavailable`, `not_an_audit_log`, `invalid_option`
 */
export async function fileAuditSink(
  path: string,
  options: FileAuditOptions = {},
): Promise<AuditSink> {
  const { maxBytes = 100 * 1024 * 1024, maxFiles = 10 } = options;
  const { fsync = "interval", clock = systemClock, fs = { rename } } = options;
  requireLeast("maxBytes", maxBytes, 1_024);
  requireLeast("maxFiles", maxFiles, 2);
  const absolute = resolve(path);
  const log = await openOrSayWhy(absolute);
  const head = log.head ?? (await headOfRotated(absolute)); // a crash right after a rotation
  return new FileSink(absolute, { maxBytes, maxFiles, fsync, clock, fs }, { ...log, head });
}

class FileSink implements AuditSink {
  readonly kind = "file";
  readonly #path: string;
  readonly #options: Required<FileAuditOptions>;
  readonly #turn = new Semaphore(1);
  readonly #troubles = new Troubles();
  readonly #rotation: LogRotation;
  /** Why the file could not be rotated at the last try. */
  #rotationFault: ConfigError | undefined;
  #rotatesAgainAtMs = 0;
  #hasSyncFault = false;
  #log: LogFile;
  #isUnsynced = false;
  #timer: Disposable | undefined;
  #isClosed = false;

  constructor(path: string, options: Required<FileAuditOptions>, log: LogFile) {
    this.#path = path;
    this.#options = options;
    this.#rotation = { path, maxFiles: options.maxFiles, fs: options.fs };
    this.#log = log;
  }

  get path(): string {
    return this.#path;
  }

  async append(record: AuditRecord): Promise<void> {
    await this.#inTurn("written", () => this.#append(record));
  }

  async flush(): Promise<void> {
    await this.#inTurn("forced to disk", () => this.#sync());
  }

  async last(): Promise<AuditHead | undefined> {
    return this.#log.head;
  }

  async reopen(): Promise<void> {
    await this.#inTurn("opened again", () => this.#reopen());
  }

  onTrouble(listener: (error: Error | undefined) => void): Subscription {
    return this.#troubles.listen(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn.run(async () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.#timer?.[Symbol.dispose]();
      await using handle = this.#log.handle; // closed also where it cannot be synced
      if (this.#isUnsynced && this.#options.fsync !== "never") await handle.datasync();
    });
  }

  async #append(record: AuditRecord): Promise<void> {
    await this.#requireOwnFile();
    const line = Buffer.from(`${lineOf(record)}\n`);
    const { maxBytes, fsync, clock } = this.#options;
    const { sizeBytes } = this.#log;
    const isFull = sizeBytes > 0 && sizeBytes + line.length > maxBytes;
    if (isFull && clock.now() >= this.#rotatesAgainAtMs) await this.#rotate();
    await this.#write(line);
    this.#log = { ...this.#log, head: { seq: record.seq, hash: record.hash } };
    this.#isUnsynced = true;
    if (fsync === "always") await this.#sync();
    if (fsync === "interval") this.#syncSoon();
  }

  /** A file that was deleted is made again; one that somebody else writes is looked at anew. */
  async #requireOwnFile(): Promise<void> {
    const { nlink, size } = await this.#log.handle.stat();
    if (nlink === 0) return await this.#reopen();
    if (size === this.#log.sizeBytes) return;
    await this.#reopen();
    throw new ConfigError("audit_conflict", `another process writes ${this.#path}`, {
      hint: "give each process an audit file of its own",
    });
  }

  async #write(line: Uint8Array): Promise<void> {
    const { handle, isTorn } = this.#log;
    // What a failed write left behind, in whichever process, becomes a line of its own.
    const bytes = isTorn ? Buffer.concat([Buffer.from("\n"), line]) : line;
    try {
      for (let written = 0; written < bytes.length; ) {
        written += (await handle.write(bytes, written)).bytesWritten;
      }
    } catch (error) {
      await this.#noteTorn();
      throw error;
    }
    this.#log = { ...this.#log, sizeBytes: this.#log.sizeBytes + bytes.length, isTorn: false };
  }

  async #noteTorn(): Promise<void> {
    const { size } = await this.#log.handle.stat();
    const isTorn = this.#log.isTorn || size > this.#log.sizeBytes;
    this.#log = { ...this.#log, sizeBytes: size, isTorn };
  }

  async #rotate(): Promise<void> {
    try {
      await this.#sync();
      await numberMovedLog(this.#rotation); // what a crash left half done
      await moveLogAway(this.#rotation);
      await this.#reopen();
      await numberMovedLog(this.#rotation);
      await syncFolder(dirname(this.#path));
      this.#rotationFault = undefined;
      this.#troubles.report(undefined);
    } catch (error) {
      this.#rotatesAgainAtMs = this.#options.clock.now() + ROTATE_AGAIN_MS;
      this.#noteRotationFault(unrotated(this.#path, error)); // better too large than lost
    }
  }

  /** Said once, for as long as it is the same. */
  #noteRotationFault(error: ConfigError): void {
    if (error.message === this.#rotationFault?.message) return;
    this.#rotationFault = error;
    this.#troubles.report(error);
  }

  async #reopen(): Promise<void> {
    const next = await openLogFile(this.#path);
    const before = this.#log;
    this.#log = { ...next, head: next.head ?? before.head };
    await before.handle.close();
  }

  #syncSoon(): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = undefined;
      void this.#syncInBackground();
    }, SYNC_INTERVAL_MS);
  }

  async #syncInBackground(): Promise<void> {
    try {
      if (!this.#isClosed) await this.flush();
      if (this.#hasSyncFault || this.#rotationFault === undefined) {
        this.#hasSyncFault = false;
        this.#troubles.report(this.#rotationFault); // which may be there still
      }
    } catch (error) {
      this.#hasSyncFault = true;
      this.#troubles.report(error instanceof Error ? error : new Error("it cannot be synced"));
    }
  }

  async #sync(): Promise<void> {
    if (!this.#isUnsynced) return;
    await this.#log.handle.datasync();
    this.#isUnsynced = false;
  }

  async #inTurn(what: string, work: () => Promise<void>): Promise<void> {
    await this.#turn.run(async () => {
      if (this.#isClosed) throw new ConfigError("audit_unavailable", `${this.#path} is closed`);
      try {
        await work();
      } catch (error) {
        throw unavailable(this.#path, what, error);
      }
    });
  }
}

async function openOrSayWhy(path: string): Promise<LogFile> {
  try {
    return await openLogFile(path);
  } catch (error) {
    throw unavailable(path, "opened", error);
  }
}

function unavailable(path: string, what: string, cause: unknown): ConfigError {
  if (cause instanceof ConfigError) return cause;
  const code = systemCode(cause) ?? "it failed";
  const message = `the audit log ${path} cannot be ${what}: ${code}`;
  return new ConfigError("audit_unavailable", message, { cause });
}

/** What the system says of the name of a mount, or of a move off one. */
const OF_A_MOUNT: ReadonlySet<string | undefined> = new Set(["EBUSY", "EXDEV"]);

function unrotated(path: string, cause: unknown): ConfigError {
  const code = systemCode(cause) ?? "it failed";
  const because = OF_A_MOUNT.has(code) ? `${code}: it is a mount of its own` : code;
  const message = `the audit log ${path} cannot be rotated, and grows on: ${because}`;
  const hint = "mount the folder that it is in, or let what rotates it from outside send SIGHUP";
  return new ConfigError("audit_unavailable", message, { cause, hint });
}

async function headOfRotated(path: string): Promise<AuditHead | undefined> {
  return (await readHead(movedLog(path))) ?? (await readHead(`${path}.1`));
}

function requireLeast(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ConfigError("invalid_option", `${name} is ${value}: expected ${least} or more`);
}
