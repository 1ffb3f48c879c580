import type {
  ConfigSource,
  SourceOutcome,
  SourceRead,
  SourceReadContext,
  SourceWatchContext,
} from "../config-source.ts";

export interface LazySourceOptions {
  readonly id: string;
  readonly kind: string;
  /** Loads the code of the source. Called again if it failed. */
  readonly load: () => Promise<ConfigSource>;
}

/** A source whose code is loaded when it is needed first, so that nobody pays for other kinds. */
export class LazySource implements ConfigSource {
  readonly id: string;
  readonly kind: string;
  readonly #load: () => Promise<ConfigSource>;
  #source: Promise<ConfigSource> | undefined;
  #isDisposed = false;

  constructor({ id, kind, load }: LazySourceOptions) {
    this.id = id;
    this.kind = kind;
    this.#load = load;
  }

  async read(context: SourceReadContext): Promise<SourceRead> {
    const source = await this.#open();
    return await source.read(context);
  }

  /** @throws {TypeError} where the source cannot say that something changed */
  async watch(context: SourceWatchContext): Promise<AsyncDisposable> {
    const source = await this.#open();
    if (source.watch === undefined) throw new TypeError(`${this.id} cannot be watched`);
    return await source.watch(context);
  }

  async report(outcome: SourceOutcome): Promise<void> {
    const source = await this.#source;
    await source?.report?.(outcome);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    const source = await this.#source?.catch(() => undefined);
    await source?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<ConfigSource> {
    if (this.#isDisposed) throw new Error(`the source ${this.id} is closed`);
    this.#source ??= this.#load();
    try {
      return await this.#source;
    } catch (error) {
      this.#source = undefined;
      throw error;
    }
  }
}
