import type { KeyRef } from "@llmcfg/core";
import type {
  BundleAnswer,
  EffectiveAnswer,
  EffectiveOptions,
  EffectiveReader,
  Namespace,
} from "../modules/configs/ports.ts";

/** A reader that counts what it was asked: the origin, behind every cache. */
export class CountedReader implements EffectiveReader {
  readonly #reader: EffectiveReader;
  hits = 0;
  /** Nothing is effective there. */
  misses = 0;
  errors = 0;

  constructor(reader: EffectiveReader) {
    this.#reader = reader;
  }

  async entry(tenant: string, ref: KeyRef, options?: EffectiveOptions): Promise<EffectiveAnswer> {
    const reading = this.#reader.entry(tenant, ref, options);
    return await this.#count(reading, ({ effective }) => effective !== undefined);
  }

  async bundle(
    tenant: string,
    namespace: Namespace,
    options?: EffectiveOptions,
  ): Promise<BundleAnswer> {
    const reading = this.#reader.bundle(tenant, namespace, options);
    return await this.#count(reading, ({ entries }) => entries.length > 0);
  }

  async #count<T>(reading: Promise<T>, isHit: (answer: T) => boolean): Promise<T> {
    try {
      const answer = await reading;
      if (isHit(answer)) this.hits++;
      else this.misses++;
      return answer;
    } catch (error) {
      this.errors++;
      throw error;
    }
  }
}
