/** Each bucket ends 1 % above where it begins. */
const GROWTH = Math.log(1.01);

/** Bucket ends in milliseconds, with how many were up to there and above the one before. */
export type Buckets = readonly (readonly [upToMs: number, count: number])[];

/** A histogram of times that is right to 1 %, however many there are. */
export class Latencies {
  readonly #counts = new Map<number, number>();
  #max = 0;
  #count = 0;

  static of(buckets: Buckets): Latencies {
    const latencies = new Latencies();
    for (const [upToMs, count] of buckets) latencies.record(upToMs, count);
    return latencies;
  }

  record(ms: number, count = 1): void {
    const bucket = Math.ceil(Math.log(Math.max(ms, 0.001) * 1_000) / GROWTH - 1e-6);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    this.#max = Math.max(this.#max, ms);
    this.#count += count;
  }

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  /** The time that a share of all, `0.99`, did not exceed. */
  quantile(share: number): number {
    let left = Math.ceil(this.#count * share);
    for (const [upToMs, count] of this.buckets()) {
      left -= count;
      if (left <= 0) return Math.min(upToMs, this.#max);
    }
    return Number.NaN;
  }

  buckets(): Buckets {
    return [...this.#counts]
      .toSorted(([a], [b]) => a - b)
      .map(([bucket, count]) => [endOf(bucket), count] as const);
  }
}

function endOf(bucket: number): number {
  return Number((Math.exp(bucket * GROWTH) / 1_000).toPrecision(4));
}
