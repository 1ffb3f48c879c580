/**
 * What a benchmark is to `run.ts`: a small correct form of itself, and the measurement.
 *
 * @module
 */

/** How much of it. */
export interface BenchOptions {
  /** How often each subject has its turn. */
  readonly rounds: number;
  /** How long a turn is, where it is measured in time. */
  readonly seconds: number;
}

export interface Bench {
  readonly name: string;
  /**
   * Does once what is measured, with little of everything, and checks every answer. Never timed.
   *
   * @returns what was checked, as lines to print
   * @throws {Error} where something is wrong
   */
  smoke(): Promise<readonly string[]>;
  measure(options: BenchOptions): Promise<Measured>;
}

export interface Measured {
  readonly figures: readonly Figure[];
  /** Everything the figures were made of: plain JSON. */
  readonly raw: object;
}

/** One figure that is reported. */
export interface Figure {
  /** `llmcfg ÷ node:http, requests/s`. */
  readonly name: string;
  readonly value: number;
  /** Of the rounds, where there are several. */
  readonly range?: readonly [min: number, max: number];
  /** Empty for a ratio. */
  readonly unit: "" | "ms" | "KiB" | "requests/s" | "µs/request" | "million calls/s";
  readonly better: "higher" | "lower";
  /** What issue and design ask for; nothing fails by it. */
  readonly goal?: number;
}

export function isGoalMet({ value, better, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return better === "higher" ? value >= goal : value <= goal;
}

/** The figure over the rounds: median, minimum, maximum. */
export function overRounds(
  values: readonly number[],
  about: Omit<Figure, "value" | "range">,
): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  const [min = Number.NaN, max = min] = [sorted[0], sorted.at(-1)];
  return { ...about, value: median(values), range: [min, max] };
}

/** `llmcfg ÷ node:http, requests/s  median 0.93  (0.91 to 0.95)  goal ≥ 0.9  met`. */
export function toLine(figure: Figure): string {
  const { name, value, range, unit, better, goal } = figure;
  const shown = `${round(value)}${unit === "" ? "" : ` ${unit}`}`;
  const spread = range === undefined ? "" : `  (${round(range[0])} to ${round(range[1])})`;
  if (goal === undefined) return `${name}  ${shown}${spread}`;
  const verdict = isGoalMet(figure) === true ? "met" : "not met";
  return `${name}  ${shown}${spread}  goal ${better === "higher" ? "≥" : "≤"} ${goal}  ${verdict}`;
}

function round(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
