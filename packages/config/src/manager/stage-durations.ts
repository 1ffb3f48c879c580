import type { Stage } from "../reload/trigger.ts";
import type { Family, Sample } from "./format-metrics.ts";

/** Upper bounds in seconds. */
const BUCKETS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];

interface Observed {
  /** One for each bucket and one for what is above all of them; not cumulative. */
  readonly counts: number[];
  sum: number;
}

/** How long the stages of reloads took. */
export class StageDurations {
  readonly #byStage = new Map<Stage, Observed>();

  /** @param stages milliseconds by stage, of one reload */
  add(stages: ReadonlyMap<Stage, number>): void {
    for (const [stage, ms] of stages) this.#observe(stage, ms / 1_000);
  }

  family(): Family {
    return {
      name: "config_reload_duration_seconds",
      type: "histogram",
      help: "How long each stage of a reload took.",
      samples: [...this.#byStage].flatMap(([stage, observed]) => samplesOf(stage, observed)),
    };
  }

  #observe(stage: Stage, seconds: number): void {
    const observed = this.#byStage.get(stage) ?? { counts: [...BUCKETS, 0].fill(0), sum: 0 };
    this.#byStage.set(stage, observed);
    const found = BUCKETS.findIndex((bound) => seconds <= bound);
    const index = found < 0 ? BUCKETS.length : found;
    observed.counts[index] = (observed.counts[index] ?? 0) + 1;
    observed.sum += seconds;
  }
}

function samplesOf(stage: Stage, { counts, sum }: Observed): readonly Sample[] {
  let total = 0;
  const buckets = counts.map((count, index): Sample => {
    total += count;
    const le = index < BUCKETS.length ? (BUCKETS[index] ?? 0).toString() : "+Inf";
    return { part: "_bucket", labels: { stage, le }, value: total };
  });
  return [
    ...buckets,
    { part: "_sum", labels: { stage }, value: sum },
    { part: "_count", labels: { stage }, value: total },
  ];
}
