import { Backoff } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import { withTimeout } from "../concurrency.ts";
import { ConfigError } from "../errors.ts";
import type { AuditDraft, AuditHead, AuditRecord, AuditSink } from "./audit-sink.ts";
import { chainRecord } from "./chain.ts";

export interface AuditTrailOptions {
  readonly open: () => Promise<AuditSink>;
  readonly settings: AuditTrailSettings;
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
  /** Told of each failure. */
  readonly onFailure: (error: Error) => void;
  /** Told of a record that was written after a failure. */
  readonly onRecovered: () => void;
}

export interface AuditTrailSettings {
  /** Whether a change waits for its record, and whether each record is forced to be durable. */
  readonly required: boolean;
  readonly records: (event: string) => boolean;
}

/** How long one call of a sink may take. */
const MAX_CALL_MS = 10_000;
/** How long the end of the process waits for records that are not written yet. */
const MAX_FAREWELL_MS = 5_000;
/** Records that wait for a sink; above it new ones are dropped, and counted in the next. */
const MAX_WAITING = 10_000;
/** Records that are forced to disk together. */
const MAX_BATCH = 64;
const MAX_CONFLICTS = 5;

interface Waiting {
  readonly draft: AuditDraft;
  /** Given up at the first failure: what it records does not happen then. */
  readonly isRequired: boolean;
  readonly settled: PromiseWithResolvers<void>;
  /** What was last tried, and may have been written. */
  attempt?: AuditRecord;
  isWritten: boolean;
}

/**
 * The way of records into one sink: in order, each linked to the one before. What cannot be written
 * waits and is tried again, unless it was required.
 */
export class AuditTrail implements AsyncDisposable {
  settings: AuditTrailSettings;
  readonly #options: AuditTrailOptions;
  readonly #backoff: Backoff;
  #sink: AuditSink | undefined;
  /** Not known before the sink was asked, nor after a failure. */
  #head: { readonly value: AuditHead | undefined } | undefined;
  #waiting: Waiting[] = [];
  #dropped = 0;
  #isFailing = false;
  #isTroubled = false;
  #retry: Disposable | undefined;
  #working: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: AuditTrailOptions) {
    const { settings, random } = options;
    this.settings = settings;
    this.#options = options;
    this.#backoff = new Backoff(random === undefined ? {} : { random });
  }

  /** The file that the sink writes, if it is open and writes one. */
  get path(): string | undefined {
    return this.#sink?.path;
  }

  /** Opens the sink now instead of with the first record. Rejects as the sink does. */
  async open(): Promise<void> {
    await this.#opened();
  }

  /**
   * Writes a record as soon as it can be.
   *
   * Settles once it is written or has failed for the first time; never rejects.
   */
  async record(draft: AuditDraft): Promise<void> {
    if (!this.settings.records(draft.event) || this.#isClosed) return;
    if (this.#waiting.length >= MAX_WAITING) return this.#drop();
    const waiting = this.#enqueue(draft, false);
    if (this.#retry === undefined) this.#work();
    else waiting.settled.resolve(); // it waits with the others
    await waiting.settled.promise;
  }

  /**
   * Resolves when the record is durable, and those before it.
   *
   * @throws {ConfigError} where it is not; it is not tried again then
   */
  async require(draft: AuditDraft): Promise<void> {
    if (!this.settings.records(draft.event)) return;
    if (this.#isClosed) throw new ConfigError("audit_unavailable", "the audit trail is closed");
    const waiting = this.#enqueue(draft, true);
    this.#retryNow();
    await waiting.settled.promise;
  }

  /** After SIGHUP. */
  async reopen(): Promise<void> {
    try {
      const sink = this.#sink;
      if (sink?.reopen !== undefined) await this.#call(sink.reopen());
    } catch (error) {
      this.#failed(error);
    }
    this.#retryNow();
  }

  /** Writes what waits, if it can be done in a few seconds, and closes the sink. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#retryNow();
    const { clock } = this.#options;
    const done = this.#working ?? Promise.resolve();
    await withTimeout(done, { clock, ms: MAX_FAREWELL_MS, late: () => {} });
    this.#retry?.[Symbol.dispose]();
    for (const { settled } of this.#waiting) settled.resolve();
    await this.#sink?.[Symbol.asyncDispose]();
  }

  #enqueue(draft: AuditDraft, isRequired: boolean): Waiting {
    const settled = Promise.withResolvers<void>();
    const waiting: Waiting = { draft, isRequired, settled, isWritten: false };
    this.#waiting.push(waiting);
    return waiting;
  }

  #drop(): void {
    this.#dropped++;
    if (this.#dropped > 1) return;
    const message = `${MAX_WAITING} audit records wait already: further ones are dropped`;
    this.#failed(new ConfigError("audit_dropped", message));
  }

  #retryNow(): void {
    this.#retry?.[Symbol.dispose]();
    this.#retry = undefined;
    this.#work();
  }

  #work(): void {
    this.#working ??= this.#drain().finally(() => {
      this.#working = undefined;
      if (this.#waiting.length > 0 && this.#retry === undefined && !this.#isClosed) this.#work();
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      try {
        await this.#writeBatch(this.#waiting.slice(0, MAX_BATCH));
      } catch (error) {
        this.#giveUp(error);
        return;
      }
    }
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    const sink = await this.#opened();
    for (const waiting of batch) {
      if (!waiting.isWritten) await this.#append(sink, waiting);
    }
    const mustBeDurable = this.settings.required || batch.some(({ isRequired }) => isRequired);
    if (mustBeDurable) await this.#call(sink.flush());
    this.#waiting = this.#waiting.slice(batch.length);
    for (const { settled } of batch) settled.resolve();
    this.#recovered();
  }

  async #append(sink: AuditSink, waiting: Waiting): Promise<void> {
    for (let conflicts = 0; ; conflicts++) {
      const head = await this.#headOf(sink);
      if (waiting.attempt !== undefined && waiting.attempt.hash === head?.hash) break; // it was
      const dropped = this.#dropped;
      const draft = dropped === 0 ? waiting.draft : { ...waiting.draft, dropped };
      const record = chainRecord(draft, head);
      waiting.attempt = record;
      try {
        await this.#call(sink.append(record));
        this.#head = { value: { seq: record.seq, hash: record.hash } };
        this.#dropped -= dropped;
        break;
      } catch (error) {
        if (sink.last !== undefined) this.#head = undefined;
        if (!isConflict(error) || conflicts === MAX_CONFLICTS) throw error;
      }
    }
    waiting.isWritten = true;
  }

  async #headOf(sink: AuditSink): Promise<AuditHead | undefined> {
    this.#head ??= { value: await this.#call(sink.last?.() ?? Promise.resolve(undefined)) };
    return this.#head.value;
  }

  async #opened(): Promise<AuditSink> {
    if (this.#sink !== undefined) return this.#sink;
    const opening = this.#options.open();
    try {
      const sink = await this.#call(opening);
      sink.onTrouble?.((error) => this.#troubled(error));
      this.#sink = sink;
      return sink;
    } catch (error) {
      void opening.then((late) => late[Symbol.asyncDispose]()).catch(() => {}); // nobody uses it
      throw error;
    }
  }

  /** Of a sink, apart from any record: what is written meanwhile does not end it. */
  #troubled(error: Error | undefined): void {
    this.#isTroubled = error !== undefined;
    if (error !== undefined) this.#options.onFailure(error);
    else if (!this.#isFailing) this.#options.onRecovered();
  }

  /** What is required fails now; the rest is tried again later. */
  #giveUp(error: unknown): void {
    const failure = this.#failed(error);
    for (const { isRequired, settled } of this.#waiting) {
      if (isRequired) settled.reject(failure);
      else settled.resolve();
    }
    this.#waiting = this.#waiting.filter(({ isRequired, isWritten }) => !isRequired && !isWritten);
    if (this.#waiting.length === 0 || this.#isClosed) return;
    this.#retry = this.#options.clock.setTimeout(() => this.#retryNow(), this.#backoff.next());
  }

  #failed(error: unknown): Error {
    const failure = error instanceof Error ? error : new Error("the audit sink failed");
    this.#isFailing = true;
    this.#options.onFailure(failure);
    return failure;
  }

  #recovered(): void {
    this.#backoff.reset();
    if (!this.#isFailing) return;
    this.#isFailing = false;
    if (!this.#isTroubled) this.#options.onRecovered();
  }

  async #call<R>(work: Promise<R>): Promise<R> {
    const { clock } = this.#options;
    return await withTimeout(work, { clock, ms: MAX_CALL_MS, late: throwLate });
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof ConfigError && error.code === "audit_conflict";
}

function throwLate(): never {
  const message = `the audit sink did not answer within ${MAX_CALL_MS / 1_000} s`;
  throw new ConfigError("audit_unavailable", message);
}
