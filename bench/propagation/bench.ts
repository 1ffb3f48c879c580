/**
 * From a commit to when its state is there in 1,000 watches of `@llmcfg/client` in one process, and
 * to when it is applied in as many applications, which also report that to the server.
 *
 * @module
 */

import { createClient } from "@llmcfg/client";
import type { Bench, Figure } from "../lib/bench.ts";
import { startDevServer } from "../lib/dev-server.ts";
import { Latencies } from "../lib/latencies.ts";
import { monotonicMs } from "../lib/monotonic.ts";
import { SUBJECT_CORE } from "../lib/programs.ts";
import { startWatchers, type Watchers, type WatchersOptions } from "./watchers.ts";

const WATCHERS = 1_000;
const KINDS: readonly Kind[] = ["watches", "applications"];
/** So that the default of five rounds makes a hundred. */
const COMMITS_PER_ROUND = 20;
/** Between commits: long enough that all have reported the one before. */
const GAP_MS = 1_000;
const GOAL_MS = 250;

const NAMESPACE = { env: "staging", service: "ml-service" };
const KEY = { ...NAMESPACE, key: "bench/counter" };

export const propagation: Bench = {
  name: "propagation",
  smoke: async () => {
    const lines: string[] = [];
    for (const kind of KINDS) {
      const { commits } = await propagate({ kind, watchers: 20, commits: 5, gapMs: 0 });
      lines.push(`${commits.length} commits applied by 20 of 20 ${kind}`);
    }
    return lines;
  },
  measure: async ({ rounds }) => {
    const amounts = { watchers: WATCHERS, commits: rounds * COMMITS_PER_ROUND, gapMs: GAP_MS };
    const measured: { kind: Kind; figures: readonly Figure[]; raw: object }[] = [];
    for (const kind of KINDS) {
      const { commits, sinceSent, sinceAcknowledged } = await propagate({ ...amounts, kind });
      const figures = toFigures(kind, sinceSent, sinceAcknowledged);
      measured.push({ kind, figures, raw: { each: commits, sinceSent: sinceSent.buckets() } });
    }
    const raw = Object.fromEntries(measured.map(({ kind, raw: one }) => [kind, one]));
    return { figures: measured.flatMap(({ figures }) => figures), raw: { ...amounts, ...raw } };
  },
};

type Kind = WatchersOptions["kind"];

interface Amounts {
  readonly kind: Kind;
  readonly watchers: number;
  readonly commits: number;
  readonly gapMs: number;
}

interface Commit {
  readonly revision: number;
  readonly sentAtMs: number;
  readonly acknowledgedAtMs: number;
}

/** A commit, and how long after it was sent the last of all had it. */
interface CommitApplied {
  readonly revision: number;
  readonly commitMs: number;
  readonly lastAppliedMs: number;
}

interface Propagated {
  readonly commits: readonly CommitApplied[];
  /** From the write's request to each application: the commit itself is within. */
  readonly sinceSent: Latencies;
  /** From the write's answer; 0 where an application was faster. */
  readonly sinceAcknowledged: Latencies;
}

async function propagate({ kind, watchers: count, commits, gapMs }: Amounts): Promise<Propagated> {
  await using server = await startDevServer({ core: SUBJECT_CORE });
  const { url: addr, token } = server;
  await using watchers = await startWatchers({ addr, token, ...NAMESPACE, count, kind });
  if (count === WATCHERS) console.log(`${count} ${kind} follow`);
  const write = writerTo(addr, token);
  await appliedByAll(await write(0), watchers, count); // the key is there from now on

  const [sinceSent, sinceAcknowledged] = [new Latencies(), new Latencies()];
  const all: CommitApplied[] = [];
  for (let i = 1; i <= commits; i++) {
    await new Promise((settled) => setTimeout(settled, gapMs));
    const commit = await write(i);
    const { revision, sentAtMs, acknowledgedAtMs } = commit;
    const appliedAt = await appliedByAll(commit, watchers, count);
    for (const at of appliedAt) {
      sinceSent.record(at - sentAtMs);
      sinceAcknowledged.record(Math.max(0, at - acknowledgedAtMs));
    }
    const lastAppliedMs = Math.max(...appliedAt) - sentAtMs;
    all.push({ revision, commitMs: acknowledgedAtMs - sentAtMs, lastAppliedMs });
    if (i % COMMITS_PER_ROUND === 0) console.log(`${i} of ${commits} commits applied by all`);
  }
  return { commits: all, sinceSent, sinceAcknowledged };
}

type Write = (value: number) => Promise<Commit>;

function writerTo(addr: string, token: string): Write {
  const client = createClient({ addr, token });
  return async (value) => {
    const sentAtMs = monotonicMs();
    const { body } = await client.putConfig(KEY, { value }, { confirm: true });
    return { revision: body.revision, sentAtMs, acknowledgedAtMs: monotonicMs() };
  };
}

/**
 * When each of them had applied the commit.
 *
 * @throws {Error} where the next revision that all have is another, or not all have it
 */
async function appliedByAll(
  commit: Commit,
  watchers: Watchers,
  count: number,
): Promise<readonly number[]> {
  const { revision, appliedAtMs } = await watchers.next();
  if (revision === commit.revision && appliedAtMs.length === count) return appliedAtMs;
  throw new Error(`r${revision} is applied by ${appliedAtMs.length}, not r${commit.revision}`);
}

function toFigures(
  kind: Kind,
  sinceSent: Latencies,
  sinceAcknowledged: Latencies,
): readonly Figure[] {
  const about = { unit: "ms", better: "lower" } as const;
  const sent = `write sent → ${kind}`;
  const goal = kind === "watches" ? { goal: GOAL_MS } : {}; // the others are slowed by their reports
  return [
    { name: `${sent}, p50`, value: sinceSent.quantile(0.5), ...about },
    { name: `${sent}, p90`, value: sinceSent.quantile(0.9), ...about },
    { name: `${sent}, p99`, value: sinceSent.quantile(0.99), ...about, ...goal },
    { name: `${sent}, max`, value: sinceSent.max, ...about },
    {
      name: `write acknowledged → ${kind}, p99`,
      value: sinceAcknowledged.quantile(0.99),
      ...about,
    },
  ];
}
