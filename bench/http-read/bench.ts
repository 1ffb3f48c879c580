/**
 * A cached, authenticated read of one value beside its peers, in turns.
 *
 * @module
 */

import { type Bench, type BenchOptions, type Figure, median, overRounds } from "../lib/bench.ts";
import { busySecondsOf, cpuSecondsOf } from "../lib/process-usage.ts";
import { has, SUBJECT_CORE } from "../lib/programs.ts";
import { loadByWrk } from "../lib/wrk.ts";
import { loadAt, measureHalfLoads, toFigures, toRaw } from "./half-load.ts";
import {
  openNodes,
  openSubjects,
  requireLength,
  type Subject,
  WARM_UP_SECONDS,
} from "./subjects.ts";

export const httpRead: Bench = {
  name: "http-read",
  smoke: async () => {
    await using subjects = await openSubjects();
    const [ours] = subjects.all;
    if (ours === undefined) throw new Error("llmcfg is a subject");
    for (const subject of subjects.all) await requireLength(subject);
    const { requests } = await loadAt(ours, {
      perSecond: 200,
      seconds: 0.25,
      warmUpSeconds: 0,
    });
    if (requests !== 50) throw new Error(`${requests} of 50 requests were answered`);
    const lines = subjects.all.map(({ name, bodyBytes }) => `${name}  ok  ${bodyBytes} bytes`);
    return [...lines, ...subjects.absent.map((name) => `${name}  absent`)];
  },

  measure: async (options) => {
    if (!has("wrk") || !has("taskset")) {
      throw new Error("wrk and taskset are needed: bash tools/services/install.sh wrk");
    }
    const { absent, turns } = await measureRates(options);
    const halfLoads = await measureLatencies(turns, options);
    const figures = [...ratios(turns), ...toFigures(halfLoads)];
    return { figures, raw: { absent, turns, latencies: halfLoads.map(toRaw) } };
  },
};

async function measureRates(options: BenchOptions) {
  await using subjects = await openSubjects();
  for (const subject of subjects.all) await loadByWrk(subject, WARM_UP_SECONDS);
  const turns = await takeTurns(subjects.all, options);
  for (const subject of subjects.all) await requireLength(subject);
  return { absent: subjects.absent, turns };
}

/** Without the other peers: what an idle etcd does now and then is a pause of who shares its core. */
async function measureLatencies(turns: readonly Turn[], options: BenchOptions) {
  await using nodes = await openNodes();
  for (const subject of nodes.all) await loadByWrk(subject, WARM_UP_SECONDS);
  const paced = nodes.all.map((subject) => {
    const rates = turns.flatMap((turn) => (turn.subject === subject.name ? [turn.perSecond] : []));
    return { subject, perSecond: Math.round(median(rates) / 2) };
  });
  const halfLoads = await measureHalfLoads(paced, options);
  for (const subject of nodes.all) await requireLength(subject);
  return halfLoads;
}

/** One subject under as much load as gets through, once. */
interface Turn {
  readonly round: number;
  readonly subject: string;
  readonly requests: number;
  readonly perSecond: number;
  /** User and system time of the subject for each request. */
  readonly cpuMicros: number;
  /** How much of the subject's core others had: much of it makes the turn's rate worth little. */
  readonly takenByOthers: number;
}

async function takeTurns(
  subjects: readonly Subject[],
  { rounds, seconds }: BenchOptions,
): Promise<readonly Turn[]> {
  const turns: Turn[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const subject of subjects) {
      const turn = await takeTurn(subject, round, seconds);
      turns.push(turn);
      console.log(toText(turn));
    }
  }
  return turns;
}

async function takeTurn(subject: Subject, round: number, seconds: number): Promise<Turn> {
  const [cpu, busy] = [cpuSecondsOf(subject.pid), busySecondsOf(SUBJECT_CORE)];
  const { requests, perSecond } = await loadByWrk(subject, seconds);
  const used = cpuSecondsOf(subject.pid) - cpu;
  const others = busySecondsOf(SUBJECT_CORE) - busy - used;
  return {
    round,
    subject: subject.name,
    requests,
    perSecond,
    cpuMicros: (used / requests) * 1_000_000,
    takenByOthers: Math.max(0, others / seconds),
  };
}

function toText({ round, subject, perSecond, cpuMicros, takenByOthers }: Turn): string {
  const mark = takenByOthers > 0.05 ? `  others had ${Math.round(takenByOthers * 100)} %` : "";
  const figures = `${Math.round(perSecond)} requests/s  ${cpuMicros.toFixed(1)} µs CPU each`;
  return `round ${round}  ${subject}  ${figures}${mark}`;
}

const GOALS: Readonly<Record<string, number>> = { "node:http": 0.9, etcd: 5 };

/** Ours beside each peer, round by round. */
function ratios(turns: readonly Turn[]): readonly Figure[] {
  const bySubject = Map.groupBy(turns, ({ subject }) => subject);
  const ours = bySubject.get("llmcfg") ?? [];
  return [...bySubject].flatMap(([name, theirs]) => {
    if (name === "llmcfg") return [];
    const ratio = (of: (mine: Turn, other: Turn) => number) =>
      ours.flatMap((turn, i) => (theirs[i] === undefined ? [] : [of(turn, theirs[i])]));
    const rate = ratio((mine, other) => mine.perSecond / other.perSecond);
    const cpu = ratio((mine, other) => other.cpuMicros / mine.cpuMicros);
    const goal = GOALS[name] === undefined ? {} : { goal: GOALS[name] };
    const about = { unit: "", better: "higher", ...goal } as const;
    return [
      overRounds(rate, { name: `llmcfg ÷ ${name}, requests/s`, ...about }),
      overRounds(cpu, { name: `llmcfg ÷ ${name}, requests per CPU second`, ...about }),
    ];
  });
}
