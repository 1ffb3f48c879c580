/** Keeps what was loaded for a time and loads each thing once, however many wait for it. */
export class ExpiringCache<V> {
  readonly #options: ExpiringCacheOptions;
  /** The one that was used longest ago comes first. */
  readonly #entries = new Map<
    string,
    { readonly value: Promise<V>; readonly loadedAtMs: number }
  >();

  constructor(options: ExpiringCacheOptions) {
    this.#options = options;
  }

  /**
   * What is kept under `key`, else what `load` gives. A failure is told to all who wait and then
   * forgotten.
   */
  get(key: string, load: () => Promise<V>): Promise<V> {
    const { monotonicMs, maxAgeMs } = this.#options;
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (entry !== undefined && monotonicMs() - entry.loadedAtMs < maxAgeMs) {
      this.#entries.set(key, entry);
      return entry.value;
    }
    return this.#load(key, load);
  }

  #load(key: string, load: () => Promise<V>): Promise<V> {
    const entry = { value: load(), loadedAtMs: this.#options.monotonicMs() };
    this.#entries.set(key, entry);
    entry.value.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    if (this.#entries.size > this.#options.maxEntries) this.#dropOldest();
    return entry.value;
  }

  #dropOldest(): void {
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key);
      return;
    }
  }
}

export interface ExpiringCacheOptions {
  /** Above this, what was used longest ago is dropped. */
  readonly maxEntries: number;
  readonly maxAgeMs: number;
  /** A clock that never goes back. */
  readonly monotonicMs: () => number;
}
