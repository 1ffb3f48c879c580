import { hostname } from "node:os";
import { join } from "node:path";
import { Backoff } from "../backoff.ts";
import { type Clock, systemClock } from "../clock.ts";
import { Semaphore, withTimeout } from "../concurrency.ts";
import { ConfigError } from "../errors.ts";
import { systemCode } from "../file-system.ts";
import type { Subscription } from "../values/subscription.ts";
import type { AuditHead, AuditRecord, AuditSink } from "./audit-sink.ts";
import { openBucket, type PutObject } from "./s3-bucket.ts";
import { objectNameOf, objectTextOf } from "./s3-object.ts";
import { Spool } from "./spool.ts";
import { Troubles } from "./troubles.ts";

/** Into which bucket audit records go, and where they wait to be sent. */
export interface S3AuditOptions {
  readonly bucket: string;
  readonly prefix: string;
  /** Where records wait until they are sent; the chain goes on from there after a restart. */
  readonly spoolDir: string;
  /** In the names of objects and of the spool; default: the name of the machine. */
  readonly instance?: string;
  /** What may wait to be sent; above it records are refused. Default 64 MiB. */
  readonly maxSpoolBytes?: number;
  /** Default: as the AWS SDK finds it. */
  readonly region?: string;
  /** Of another service that speaks S3. */
  readonly endpoint?: string;
  /** The bucket as the first part of the path, as services other than AWS may need it. */
  readonly forcePathStyle?: boolean;
  /** Seam for tests. */
  readonly clock?: Clock;
}

const SEND_AFTER_MS = 5_000;
const MAX_OBJECT_BYTES = 1024 * 1024;
/** How long the end waits for what is not sent; the next process sends it otherwise. */
const MAX_FAREWELL_MS = 5_000;

/**
 * Objects `<prefix>/<yyyy>/<mm>/<dd>/<instance>-<first seq>-<last seq>.jsonl`, sent five seconds
 * after their first record or at 1 MiB. A record is on the local disk once `append` resolves, and in
 * the bucket once `flush` does. No object is written over. Credentials are found by the AWS SDK.
 *
 * @throws {ConfigError} `audit_unavailable`, `invalid_option`, `driver_missing`
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * import { s3AuditSink } from "@llmcfg/config/audit";
 *
 * const spoolDir = `${tmpdir()}/audit-spool`;
 * await using sink = await s3AuditSink({ bucket: "llm-audit", prefix: "gateway", spoolDir });
 * await sink.flush();
 * console.log(sink.kind);
 * ```
 */
export async function s3AuditSink(options: S3AuditOptions): Promise<AuditSink> {
  const { instance = hostname(), spoolDir, maxSpoolBytes = 64 * 1024 * 1024 } = options;
  if (!/^[\w.-]+$/.test(instance) || /^\.+$/.test(instance)) {
    const message = `the instance "${instance}" cannot be part of an object's name`;
    throw new ConfigError("invalid_option", message, { hint: "use letters, digits, - _ ." });
  }
  const folder = join(spoolDir, instance);
  const { put, close } = await openBucket(options);
  try {
    const spool = await Spool.open(folder, maxSpoolBytes);
    const { prefix, clock = systemClock } = options;
    return new S3Sink({ put, close, spool, prefix, instance, clock });
  } catch (error) {
    close();
    const message = `the audit spool ${folder} cannot be opened: ${systemCode(error) ?? "it failed"}`;
    throw new ConfigError("audit_unavailable", message, { cause: error });
  }
}

interface S3SinkParts {
  readonly put: PutObject;
  readonly close: () => void;
  readonly spool: Spool;
  readonly prefix: string;
  readonly instance: string;
  readonly clock: Clock;
}

class S3Sink implements AuditSink {
  readonly kind = "s3";
  readonly #parts: S3SinkParts;
  readonly #turn = new Semaphore(1);
  readonly #sending = new Semaphore(1);
  readonly #backoff = new Backoff();
  readonly #troubles = new Troubles();
  #timer: Disposable | undefined;
  #isClosed = false;

  constructor(parts: S3SinkParts) {
    this.#parts = parts;
    if (!parts.spool.isEmpty) this.#sendIn(0); // of a process before this one
  }

  async append(record: AuditRecord): Promise<void> {
    const { spool } = this.#parts;
    if (this.#isClosed) throw new ConfigError("audit_unavailable", "the audit sink is closed");
    await this.#inTurn(() => spool.append(record));
    const isFull = spool.openBytes >= MAX_OBJECT_BYTES;
    if (isFull) await this.#inTurn(() => spool.seal());
    this.#sendIn(isFull ? 0 : SEND_AFTER_MS);
  }

  async flush(): Promise<void> {
    await this.#sending.run(() => this.#sendAll());
  }

  async last(): Promise<AuditHead | undefined> {
    return this.#parts.spool.head;
  }

  onTrouble(listener: (error: Error | undefined) => void): Subscription {
    return this.#troubles.listen(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    const { clock, spool, close } = this.#parts;
    try {
      await withTimeout(this.flush(), { clock, ms: MAX_FAREWELL_MS, late: () => {} });
    } catch {
      // It stays in the spool, for the next process.
    }
    close();
    await this.#turn.run(() => spool[Symbol.asyncDispose]());
  }

  /** Keeps an earlier time that is set, unless this one is now. */
  #sendIn(ms: number): void {
    if (this.#isClosed || (this.#timer !== undefined && ms > 0)) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#parts.clock.setTimeout(() => {
      this.#timer = undefined;
      void this.#sendInBackground();
    }, ms);
  }

  async #sendInBackground(): Promise<void> {
    try {
      await this.flush();
      this.#backoff.reset();
    } catch {
      this.#sendIn(this.#backoff.next()); // who listens has heard of it
    }
  }

  async #sendAll(): Promise<void> {
    const { spool, put, prefix, instance } = this.#parts;
    try {
      await this.#inTurn(() => spool.seal());
      for (;;) {
        const segment = await this.#inTurn(() => spool.oldest());
        if (segment === undefined) break;
        const name = objectNameOf(segment.records, { prefix, instance });
        await put(name, objectTextOf(segment.records));
        await this.#inTurn(() => spool.remove(segment));
      }
      this.#troubles.report(undefined);
    } catch (error) {
      const failure = explained(error);
      this.#troubles.report(failure);
      throw failure;
    }
  }

  async #inTurn<R>(work: () => Promise<R>): Promise<R> {
    try {
      return await this.#turn.run(work);
    } catch (error) {
      throw explained(error);
    }
  }
}

function explained(error: unknown): ConfigError {
  if (error instanceof ConfigError) return error;
  const message = `the audit spool cannot be used: ${systemCode(error) ?? "it failed"}`;
  return new ConfigError("audit_unavailable", message, { cause: error });
}
