import type { Revision } from "@llmcfg/core";
import type { Change, CommitListener, ConfigStore } from "../configs/ports.ts";

/** Takes in the commits of a tenant, each once and in order. Must return at once and not throw. */
export type FeedConsumer = (change: Change) => void;

export interface FeedOptions {
  readonly store: Pick<ConfigStore, "headRevision" | "changesAfter">;
  /** How often the table is read although no hint came; default 1,000. */
  readonly pollMs?: number;
  /** Hears of reads that failed; the next poll repeats them. */
  readonly onFailure: (error: unknown) => void;
}

/** How many commits one read of the table asks for. */
const PAGE = 256;

/**
 * The commits of one tenant as they happen, wherever they were made.
 *
 * A hint of this process carries its commit, so that nothing is read where it is the next one.
 * What another process wrote, and whatever else is missing, is read from the store: at once where a
 * hint shows a gap, else by a poll. So a lost hint costs time, never a change.
 */
export class ChangeFeed implements CommitListener, AsyncDisposable {
  readonly #options: FeedOptions;
  readonly #tenant: string;
  readonly #consumers = new Set<FeedConsumer>();
  readonly #stop = new AbortController();
  readonly #poll: NodeJS.Timeout;
  #revision: Revision;
  /** The highest revision that is known to exist. */
  #known: Revision;
  #reading: Promise<void> | undefined;

  private constructor(tenant: string, revision: Revision, options: FeedOptions) {
    this.#options = options;
    this.#tenant = tenant;
    this.#revision = revision;
    this.#known = revision;
    this.#poll = setInterval(() => void this.#read(), options.pollMs ?? 1_000).unref();
  }

  /**
   * Begins at the newest revision.
   *
   * @throws {LlmcfgError} `NOT_FOUND` where there is no such tenant
   */
  static async open(tenant: string, options: FeedOptions): Promise<ChangeFeed> {
    return new ChangeFeed(tenant, await options.store.headRevision(tenant), options);
  }

  /** The newest revision that was handed to the consumers. */
  get revision(): Revision {
    return this.#revision;
  }

  subscribe(consumer: FeedConsumer): Disposable {
    this.#consumers.add(consumer);
    return { [Symbol.dispose]: () => void this.#consumers.delete(consumer) };
  }

  committed(tenant: string, change: Change): void {
    if (tenant !== this.#tenant) return;
    this.#known = Math.max(this.#known, change.revision);
    this.#take(change);
    if (this.#revision < this.#known) void this.#read();
  }

  /** Resolves once every commit that a hint has told of so far was handed on. */
  async settled(): Promise<void> {
    while (this.#revision < this.#known && !this.#stop.signal.aborted) {
      const before = this.#revision;
      await this.#readOrFail();
      if (this.#revision === before) return; // the store has not what the hint told of
    }
  }

  /** Reads the table now: resolves once all that was committed before the call was handed on. */
  async refresh(): Promise<void> {
    await this.#reading;
    await this.#readOrFail();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#poll);
    this.#stop.abort();
    this.#consumers.clear();
    await this.#reading;
  }

  #take(change: Change): void {
    if (change.revision !== this.#revision + 1) return; // seen already, or after a gap
    this.#revision = change.revision;
    for (const consume of this.#consumers) consume(change);
  }

  /** Never rejects: what failed is reported and repeated by the next poll. */
  async #read(): Promise<void> {
    try {
      await this.#readOrFail();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#options.onFailure(error);
    }
  }

  /** Of concurrent calls one reads, the others wait for it. */
  async #readOrFail(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    if (this.#reading !== undefined) return this.#reading;
    const reading = this.#readPages();
    this.#reading = reading.then(undefined, () => {}); // who waits to close does not want the error
    try {
      await reading;
    } finally {
      this.#reading = undefined;
    }
  }

  async #readPages(): Promise<void> {
    const page = { limit: PAGE, signal: this.#stop.signal };
    for (;;) {
      const changes = await this.#options.store.changesAfter(this.#tenant, this.#revision, page);
      for (const change of changes) this.#take(change);
      this.#known = Math.max(this.#known, this.#revision);
      if (changes.length < PAGE) return;
    }
  }
}
