import type { SecretBytes } from "@llmcfg/core";
import type { KeyContext, RootKey, WaitOptions } from "../modules/keys/ports.ts";
import { type Histogram, HistogramSeries } from "./metrics.ts";

/** A root key that tells how long its provider takes, answers and failures alike. */
export class TimedRootKey implements RootKey {
  readonly #rootKey: RootKey;
  readonly durations: HistogramSeries = new HistogramSeries();
  readonly #wrap: Histogram;
  readonly #unwrap: Histogram;

  /** @param provider `local` */
  constructor(rootKey: RootKey, provider: string) {
    this.#rootKey = rootKey;
    this.#wrap = this.durations.at({ provider, op: "wrap" });
    this.#unwrap = this.durations.at({ provider, op: "unwrap" });
  }

  get keyId(): string {
    return this.#rootKey.keyId;
  }

  async wrap(key: Uint8Array, context: KeyContext, options?: WaitOptions): Promise<Uint8Array> {
    return await timed(this.#wrap, () => this.#rootKey.wrap(key, context, options));
  }

  async unwrap(
    wrapped: Uint8Array,
    context: KeyContext,
    options?: WaitOptions,
  ): Promise<SecretBytes> {
    return await timed(this.#unwrap, () => this.#rootKey.unwrap(wrapped, context, options));
  }
}

async function timed<T>(histogram: Histogram, call: () => Promise<T>): Promise<T> {
  const startedAtMs = performance.now();
  try {
    return await call();
  } finally {
    histogram.observe((performance.now() - startedAtMs) / 1_000);
  }
}
