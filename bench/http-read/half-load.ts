/**
 * How long a read takes at half of what gets through: at even distances, whatever became of those
 * before.
 *
 * @module
 */

import { type BenchOptions, type Figure, overRounds } from "../lib/bench.ts";
import { loadOpenLoop, type OpenLoad, type OpenLoadAnswered } from "../lib/open-loop.ts";
import { type Subject, WARM_UP_SECONDS } from "./subjects.ts";

const CONNECTIONS = 50;

/** One subject at half of what it got through at most, once. */
export interface HalfLoad {
  readonly round: number;
  readonly subject: string;
  readonly perSecond: number;
  readonly answered: OpenLoadAnswered;
}

export async function measureHalfLoads(
  paced: readonly { readonly subject: Subject; readonly perSecond: number }[],
  { rounds, seconds }: BenchOptions,
): Promise<readonly HalfLoad[]> {
  const measured: HalfLoad[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const { subject, perSecond } of paced) {
      const pace = { perSecond, seconds, warmUpSeconds: WARM_UP_SECONDS };
      const answered = await loadAt(subject, pace);
      const halfLoad = { round, subject: subject.name, perSecond, answered };
      measured.push(halfLoad);
      console.log(halfLoadText(halfLoad));
    }
  }
  return measured;
}

function halfLoadText({ round, subject, perSecond, answered }: HalfLoad): string {
  const [p50, p99] = [0.5, 0.99].map((share) => answered.latencies.quantile(share).toPrecision(3));
  const own = answered.lateness.quantile(0.99).toPrecision(3);
  return `round ${round}  ${subject} at ${perSecond} requests/s  p50 ${p50} ms, p99 ${p99} ms, of which the load's own ${own} ms`;
}

export function loadAt(
  { url, headers, bodyBytes }: Subject,
  pace: Pick<OpenLoad, "perSecond" | "seconds" | "warmUpSeconds">,
): Promise<OpenLoadAnswered> {
  return loadOpenLoop({ url, headers, bodyBytes, connections: CONNECTIONS, ...pace });
}

export function toFigures(measured: readonly HalfLoad[]): readonly Figure[] {
  return [...Map.groupBy(measured, ({ subject }) => subject)].flatMap(([subject, rounds]) => {
    const about = { unit: "ms", better: "lower" } as const;
    const goal = subject === "llmcfg" ? { goal: 5 } : {};
    const at = `${subject} at half load`;
    const quantile = (share: number) => rounds.map((it) => it.answered.latencies.quantile(share));
    const value = rounds[0]?.perSecond ?? Number.NaN;
    return [
      { name: `${at}, rate`, value, unit: "requests/s", better: "higher" } as const,
      overRounds(quantile(0.5), { name: `${at}, p50`, ...about }),
      overRounds(quantile(0.99), { name: `${at}, p99`, ...about, ...goal }),
      overRounds(quantile(0.999), { name: `${at}, p99.9`, ...about }),
    ];
  });
}

export function toRaw({ answered, ...of }: HalfLoad): object {
  const { requests, latencies, lateness } = answered;
  return {
    ...of,
    requests,
    latencies: latencies.buckets(),
    lateness: lateness.buckets(),
  };
}
