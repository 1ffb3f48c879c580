import { Backoff } from "../../backoff.ts";
import { abortable } from "../../concurrency.ts";
import { HttpFailure } from "../../http/http-client.ts";
import type {
  ConfigSource,
  SourceRead,
  SourceReadContext,
  SourceWatchContext,
} from "../config-source.ts";
import type { TextTools } from "../text-tools.ts";
import { digestOf } from "./digest-of.ts";
import type { KeyValueStore, StoreReading } from "./key-value-store.ts";
import { toFailure } from "./remote-failure.ts";
import type { RemoteTools } from "./remote-tools.ts";
import { StoreContent, type StoreContentOptions } from "./store-content.ts";
import { watchLoop } from "./watch-loop.ts";

export interface KeyValueSourceOptions extends StoreContentOptions {
  readonly id: string;
  readonly kind: string;
  readonly store: KeyValueStore;
  /** Of its documents. */
  readonly limits: TextTools["limits"];
}

/** A key or a prefix of a store as a source. It owns the store. */
export class KeyValueSource implements ConfigSource {
  readonly id: string;
  readonly kind: string;
  readonly #store: KeyValueStore;
  readonly #content: StoreContent;
  readonly #tools: RemoteTools;
  /** Of what the watch saw last; before it begins, of what a read did. */
  #seen: string | undefined;
  #isWatched = false;

  constructor({ id, kind, store, limits, ...options }: KeyValueSourceOptions, tools: RemoteTools) {
    this.id = id;
    this.kind = kind;
    this.#store = store;
    this.#content = new StoreContent(options, { parser: tools.parser, limits });
    this.#tools = tools;
  }

  async read({ previous, signal }: SourceReadContext): Promise<SourceRead> {
    try {
      const reading = await this.#store.read(signal);
      if (!this.#isWatched) await this.#note(reading);
      signal.throwIfAborted();
      return await abortable(this.#content.toRead(reading, previous), signal);
    } catch (error) {
      signal.throwIfAborted();
      const isTooLarge = error instanceof HttpFailure && error.reason === "too_large";
      return isTooLarge ? this.#content.tooLarge(error) : toFailure(error);
    }
  }

  async watch(context: SourceWatchContext): Promise<AsyncDisposable> {
    const { clock, random } = this.#tools;
    this.#isWatched = true;
    const follower = new Follower(context.signal, (reading) => this.#notice(reading));
    return watchLoop({
      run: async (signal, healthy) => await follower.run(this.#store, signal, healthy),
      backoff: new Backoff({ random }),
      clock,
      alive: context.alive,
      aborted: context.aborted,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
  }

  /** Once it is watched, nobody knows whether what is read is taken, as for a plan it is not. */
  async #note(reading: StoreReading): Promise<void> {
    const { content } = await digestOf(reading);
    if (!this.#isWatched) this.#seen = content;
  }

  /** @returns whether it is something else than what was seen last */
  async #notice(reading: StoreReading): Promise<boolean> {
    const { content: seen } = await digestOf(reading);
    const isNew = seen !== this.#seen;
    this.#seen = seen;
    return isNew;
  }
}

/** Tells of changes, and once each time when the store cannot be reached and when it is back. */
class Follower {
  readonly #signal: SourceWatchContext["signal"];
  readonly #isNew: (reading: StoreReading) => Promise<boolean>;
  #isAway = false;

  constructor(
    signal: SourceWatchContext["signal"],
    isNew: (reading: StoreReading) => Promise<boolean>,
  ) {
    this.#signal = signal;
    this.#isNew = isNew;
  }

  async run(store: KeyValueStore, signal: AbortSignal, healthy: () => void): Promise<void> {
    let hasAnswered = false;
    const answered = async (reading: StoreReading) => {
      hasAnswered = true;
      healthy();
      this.#back(await this.#isNew(reading));
    };
    const written = () => this.#signal({ reason: "written" });
    try {
      await store.follow({ answered, written, signal });
    } catch (error) {
      if (!hasAnswered && !signal.aborted) this.#away();
      throw error;
    }
  }

  #back(isNew: boolean): void {
    if (isNew || this.#isAway) this.#signal({ reason: isNew ? "written" : "reachable again" });
    this.#isAway = false;
  }

  #away(): void {
    if (!this.#isAway) this.#signal({ reason: "unreachable" });
    this.#isAway = true;
  }
}
