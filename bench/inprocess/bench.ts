/**
 * The library within a process: reads beside peers, reloads beside the bare parse.
 *
 * @module
 */

import { type Bench, type Figure, overRounds } from "../lib/bench.ts";
import { timeDelivery, timeExplain } from "./delivery.ts";
import type { Format } from "./documents.ts";
import { openReaders, PORT, type Readers } from "./reads.ts";
import { memoryPerVersion, timeReload, timeReloadOfOne, timeUnchanged } from "./reloads.ts";

const READS_PER_TURN = 5_000_000;
const BARE = "plain property";
const KB = 1_000;
const MB = 1_000_000;

/** With the goal for the time of the whole reload. */
const FILES: readonly (readonly [Format, size: string, bytes: number, goalMs?: number])[] = [
  ["yaml", "10 kB", 10 * KB],
  ["yaml", "50 kB", 50 * KB, 60],
  ["yaml", "100 kB", 100 * KB],
  ["yaml", "1 MB", MB, 150],
  ["json", "10 kB", 10 * KB],
  ["json", "100 kB", 100 * KB],
  ["json", "1 MB", MB, 150],
];

export const inprocess: Bench = {
  name: "inprocess",
  smoke: async () => {
    await using readers = await openReaders();
    for (const [name, read] of readers.byName) requireSum(name, read(10), 10);
    for (const format of ["yaml", "json"] as const) await timeReload(format, 10 * KB);
    await timeReloadOfOne(2, 10 * KB);
    await timeUnchanged();
    await memoryPerVersion(10 * KB, 2);
    await timeDelivery(10 * KB, 10);
    await timeExplain(10 * KB);
    const rows = ["reload", "unchanged reload", "kept version", "notification", "explain"];
    return [...readers.byName.keys(), ...rows].map((row) => `${row}  ok`);
  },

  measure: async ({ rounds }) => {
    const samples = new Samples();
    await using readers = await openReaders();
    for (let round = 1; round <= rounds; round++) {
      measureReads(readers, samples);
      await measureReloads(samples);
      await measureTheRest(samples);
      console.log(`round ${round} of ${rounds}`);
    }
    return { figures: samples.figures(), raw: { readsPerTurn: READS_PER_TURN, ...samples.raw() } };
  },
};

function measureReads({ byName }: Readers, samples: Samples): void {
  const rates = new Map([...byName].map(([name, read]) => [name, rateOf(name, read)]));
  const bare = rates.get(BARE) ?? Number.NaN;
  for (const [name, rate] of rates) {
    const goal = name === "current()" ? { goal: 50 } : {};
    samples.add(rate, {
      name: `read, ${name}`,
      unit: "million calls/s",
      better: "higher",
      ...goal,
    });
    if (name !== BARE) {
      samples.add(rate / bare, { name: `read, ${name} ÷ ${BARE}`, unit: "", better: "higher" });
    }
  }
}

/** Million reads a second. */
function rateOf(name: string, read: (times: number) => number): number {
  requireSum(name, read(READS_PER_TURN / 10), READS_PER_TURN / 10); // compiles it
  const startedAt = performance.now();
  const sum = read(READS_PER_TURN);
  const seconds = (performance.now() - startedAt) / 1_000;
  requireSum(name, sum, READS_PER_TURN);
  return READS_PER_TURN / seconds / 1e6;
}

function requireSum(name: string, sum: number, times: number): void {
  if (sum !== times * PORT) throw new Error(`${name} read ${sum} in ${times} times`);
}

async function measureReloads(samples: Samples): Promise<void> {
  const ms = { unit: "ms", better: "lower" } as const;
  for (const [format, size, bytes, goalMs] of FILES) {
    const { reloadMs, parseMs, blockedMs } = await timeReload(format, bytes);
    const goal = goalMs === undefined ? {} : { goal: goalMs };
    const name = `reload, ${size} ${format}`;
    samples.add(reloadMs, { name, ...ms, ...goal });
    samples.add(parseMs, { name: `bare parse, ${size} ${format}`, ...ms });
    samples.add(reloadMs / parseMs, { name: `${name} ÷ bare parse`, unit: "", better: "lower" });
    if (bytes === MB) samples.add(blockedMs, { name: `${name}, loop blocked`, ...ms, goal: 20 });
  }
  const one = await timeReloadOfOne(20, MB);
  samples.add(one, { name: "reload, 1 of 20 files of 1 MB together", ...ms, goal: 150 });
  samples.add(await timeUnchanged(), { name: "unchanged reload, 10 files", ...ms, goal: 5 });
}

async function measureTheRest(samples: Samples): Promise<void> {
  const ms = { unit: "ms", better: "lower" } as const;
  const { pauseMs, freeAfterMs, lastCallMs } = await timeDelivery(MB, 1_000);
  samples.add(pauseMs, { name: "swap pause, 1 MB, 1,000 subscribers, at most", ...ms, goal: 1 });
  samples.add(freeAfterMs, { name: "event loop free after a swap, 1,000 subscribers", ...ms });
  samples.add(lastCallMs, { name: "notification of 1,000 subscribers", ...ms, goal: 10 });
  samples.add(await timeExplain(MB), { name: "explain of a leaf, 1 MB", ...ms, goal: 1 });
  const added = await memoryPerVersion(MB, 10);
  const about = { name: "memory per kept version of 1 MB, one leaf changed" };
  samples.add(added / 1_024, { ...about, unit: "KiB", better: "lower", goal: 10 });
}

type About = Omit<Figure, "value" | "range">;

/** What was measured, by the name of its figure. */
class Samples {
  readonly #rows = new Map<string, { readonly about: About; readonly values: number[] }>();

  add(value: number, about: About): void {
    const row = this.#rows.get(about.name) ?? { about, values: [] };
    this.#rows.set(about.name, row);
    row.values.push(value);
  }

  figures(): readonly Figure[] {
    return [...this.#rows.values()].map(({ about, values }) => overRounds(values, about));
  }

  raw(): object {
    return Object.fromEntries([...this.#rows].map(([name, { values }]) => [name, values]));
  }
}
