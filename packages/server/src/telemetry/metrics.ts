/**
 * Counters, gauges and histograms, and the Prometheus text format (version 0.0.4).
 *
 * Hot paths keep plain numbers; the text is made when somebody asks. Every metric is there from the
 * start, with zero where nothing has happened yet.
 *
 * @module
 */

/** Latency buckets in seconds, able to show a p99 below 1 ms and below 5 ms. */
export const LATENCY_BUCKETS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
  5, 10,
];

export type Labels = Readonly<Record<string, string>>;

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  samples(): Iterable<string>;
}

/** One number for each combination of labels. */
export class Series {
  readonly #byLabels = new Map<string, { readonly labels: Labels; value: number }>();

  add(labels: Labels, amount = 1): void {
    this.#at(labels).value += amount;
  }

  set(labels: Labels, value: number): void {
    this.#at(labels).value = value;
  }

  get(labels: Labels): number {
    return this.#at(labels).value;
  }

  *entries(): Iterable<readonly [Labels, number]> {
    for (const { labels, value } of this.#byLabels.values()) yield [labels, value];
  }

  #at(labels: Labels): { value: number } {
    const key = formatLabels(labels);
    const found = this.#byLabels.get(key);
    if (found !== undefined) return found;
    const made = { labels, value: 0 };
    this.#byLabels.set(key, made);
    return made;
  }
}

/** Observations of one combination of labels. Not cumulative inside. */
export class Histogram {
  readonly #buckets: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(buckets: readonly number[] = LATENCY_BUCKETS) {
    this.#buckets = buckets;
    this.#counts = Array.from({ length: buckets.length + 1 }, () => 0);
  }

  observe(value: number): void {
    let i = 0;
    while (i < this.#buckets.length && value > (this.#buckets[i] ?? 0)) i++;
    this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    this.#sum += value;
  }

  *samples(name: string, labels: Labels): Iterable<string> {
    let cumulative = 0;
    for (const [i, count] of this.#counts.entries()) {
      cumulative += count;
      const le = i < this.#buckets.length ? String(this.#buckets[i]) : "+Inf";
      yield `${name}_bucket${formatLabels({ ...labels, le })} ${cumulative}`;
    }
    yield `${name}_sum${formatLabels(labels)} ${this.#sum}`;
    yield `${name}_count${formatLabels(labels)} ${cumulative}`;
  }
}

/** Histograms of one metric by their labels. */
export class HistogramSeries {
  readonly #byLabels = new Map<
    string,
    { readonly labels: Labels; readonly histogram: Histogram }
  >();

  /** The histogram of the labels: keep it where it is used often. */
  at(labels: Labels): Histogram {
    const key = formatLabels(labels);
    const found = this.#byLabels.get(key);
    if (found !== undefined) return found.histogram;
    const histogram = new Histogram();
    this.#byLabels.set(key, { labels, histogram });
    return histogram;
  }

  *samples(name: string): Iterable<string> {
    for (const { labels, histogram } of this.#byLabels.values()) {
      yield* histogram.samples(name, labels);
    }
  }
}

/** All metrics of a process. */
export class Registry {
  readonly #metrics: Metric[] = [];

  /** @param zero combinations of labels that are there from the start */
  counter(name: string, help: string, zero: readonly Labels[] = [{}]): Series {
    return this.#series("counter", name, help, zero);
  }

  gauge(name: string, help: string, zero: readonly Labels[] = [{}]): Series {
    return this.#series("gauge", name, help, zero);
  }

  /** A number, or one for each combination of labels, read when the text is made. */
  observed(
    type: "counter" | "gauge",
    name: string,
    help: string,
    read: () => number | Iterable<readonly [Labels, number]>,
  ): void {
    this.#metrics.push({
      name,
      help,
      type,
      *samples() {
        const now = read();
        const all = typeof now === "number" ? [[{}, now] as const] : now;
        for (const [labels, value] of all) yield `${name}${formatLabels(labels)} ${value}`;
      },
    });
  }

  histogram(name: string, help: string, zero: readonly Labels[] = [{}]): HistogramSeries {
    const series = new HistogramSeries();
    for (const labels of zero) series.at(labels);
    this.exposed(name, help, series);
    return series;
  }

  /** Histograms that somebody else keeps. */
  exposed(name: string, help: string, series: HistogramSeries): void {
    this.#metrics.push({ name, help, type: "histogram", samples: () => series.samples(name) });
  }

  /** The exposition, metrics in the order of their names. */
  text(): string {
    const lines: string[] = [];
    for (const metric of this.#metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const samples = [...metric.samples()];
      if (samples.length === 0) continue; // a header alone is refused by some parsers
      lines.push(`# HELP ${metric.name} ${metric.help}`, `# TYPE ${metric.name} ${metric.type}`);
      for (const sample of samples) lines.push(sample);
    }
    return `${lines.join("\n")}\n`;
  }

  #series(type: "counter" | "gauge", name: string, help: string, zero: readonly Labels[]): Series {
    const series = new Series();
    for (const labels of zero) series.add(labels, 0);
    this.observed(type, name, help, () => series.entries());
    return series;
  }
}

function formatLabels(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
