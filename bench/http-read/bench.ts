/**
 * A cached, authenticated read of one value beside its peers, in turns.
 *
 * @module
 */

import { type Bench, type BenchOptions, type Figure, overRounds } from "../lib/bench.ts";
import { loadOpenLoop, type OpenLoadAnswered } from "../lib/open-loop.ts";
import { busySecondsOf, cpuSecondsOf } from "../lib/process-usage.ts";
import { has, SUBJECT_CORE } from "../lib/programs.ts";
import { loadByWrk } from "../lib/wrk.ts";
import { bytesOf, openSubjects, type Subject } from "./subjects.ts";

const CONNECTIONS = 50;
const WARM_UP_SECONDS = 3;

export const httpRead: Bench = {
  name: "http-read",
  smoke: async () => {
    await using subjects = await openSubjects();
    const [ours] = subjects.all;
    if (ours === undefined) throw new Error("llmcfg is a subject");
    for (const subject of subjects.all) await requireLength(subject);
    const { requests } = await loadAt(ours, { perSecond: 200, seconds: 0.25 });
    if (requests !== 50) throw new Error(`${requests} of 50 requests were answered`);
    const lines = subjects.all.map(({ name, bodyBytes }) => `${name}  ok  ${bodyBytes} bytes`);
    return [...lines, ...subjects.absent.map((name) => `${name}  absent`)];
  },

  measure: async (options) => {
    if (!has("wrk") || !has("taskset")) {
      throw new Error("wrk and taskset are needed: bash tools/services/install.sh wrk");
    }
    await using subjects = await openSubjects();
    for (const subject of subjects.all) await loadByWrk(subject, WARM_UP_SECONDS);
    const turns = await takeTurns(subjects.all, options);
    const latencies = await measureLatencies(subjects.all.slice(0, 2), turns, options);
    for (const subject of subjects.all) await requireLength(subject);
    const figures = [...ratios(turns), ...latencies.map(toFigures)].flat();
    return { figures, raw: { absent: subjects.absent, turns, latencies: latencies.map(toRaw) } };
  },
};

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

interface HalfLoad {
  readonly subject: string;
  readonly perSecond: number;
  readonly answered: OpenLoadAnswered;
}

/** At half of what each got through at most. */
async function measureLatencies(
  subjects: readonly Subject[],
  turns: readonly Turn[],
  { seconds }: BenchOptions,
): Promise<readonly HalfLoad[]> {
  const measured: HalfLoad[] = [];
  for (const subject of subjects) {
    const rates = turns.flatMap((turn) => (turn.subject === subject.name ? [turn.perSecond] : []));
    const perSecond = Math.round(Math.max(...rates) / 2);
    await loadAt(subject, { perSecond, seconds: 1 }); // warm
    const answered = await loadAt(subject, { perSecond, seconds });
    measured.push({ subject: subject.name, perSecond, answered });
  }
  return measured;
}

function loadAt(
  { url, headers, bodyBytes }: Subject,
  pace: { readonly perSecond: number; readonly seconds: number },
): Promise<OpenLoadAnswered> {
  return loadOpenLoop({ url, headers, bodyBytes, connections: CONNECTIONS, ...pace });
}

function toFigures({ subject, perSecond, answered: { latencies } }: HalfLoad): readonly Figure[] {
  const about = { unit: "ms", better: "lower" } as const;
  const at = `${subject} at half load`;
  const goal = subject === "llmcfg" ? { goal: 5 } : {};
  return [
    { name: `${at}, rate`, value: perSecond, unit: "requests/s", better: "higher" },
    { name: `${at}, p50`, value: latencies.quantile(0.5), ...about },
    { name: `${at}, p99`, value: latencies.quantile(0.99), ...about, ...goal },
    { name: `${at}, p99.9`, value: latencies.quantile(0.999), ...about },
  ];
}

function toRaw({ subject, perSecond, answered }: HalfLoad): object {
  const { requests, latencies, lateness } = answered;
  return {
    subject,
    perSecond,
    requests,
    latencies: latencies.buckets(),
    lateness: lateness.buckets(),
  };
}

async function requireLength(subject: Subject): Promise<void> {
  const { length } = await bytesOf(subject);
  if (length === subject.bodyBytes) return;
  throw new Error(`${subject.name} answers ${length} bytes, not ${subject.bodyBytes}`);
}
