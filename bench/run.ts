/**
 * `npm run bench -- [--rounds 5] [--seconds 10]`: ratios beside peers, in one run.
 * `npm run bench:smoke`: only that each subject answers rightly; never timed.
 *
 * @module
 */

import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load, openHttpRead, type Subject } from "./http-read/bench.ts";
import { has } from "./lib/programs.ts";

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "10" },
  },
});

await using opened = await openHttpRead();
const { subjects, absent } = opened;
if (values.smoke) await smoke(subjects);
else if (has("wrk") && has("taskset")) await measure(subjects);
else throw new Error("wrk and taskset are needed: bash tools/services/install.sh wrk");
for (const name of absent) console.log(`${name}  absent`);

async function smoke(all: readonly Subject[]): Promise<void> {
  for (const { name, url, method, headers, body } of all) {
    const init = { method: method ?? "GET", headers, ...(body === undefined ? {} : { body }) };
    const answer = await fetch(url, init);
    const text = await answer.text();
    if (answer.status !== 200 || text.length < 100)
      throw new Error(`${name} answers wrongly: ${text}`);
    console.log(`${name}  ok  ${text.length} bytes`);
  }
}

async function measure(all: readonly Subject[]): Promise<void> {
  const seconds = Number(values.seconds);
  const rates = new Map(all.map(({ name }) => [name, [] as number[]]));
  for (const subject of all) await load(subject, 3); // warm
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const subject of all) {
      const rate = await load(subject, seconds);
      rates.get(subject.name)?.push(rate);
      console.log(`round ${round + 1}  ${subject.name}  ${Math.round(rate)} requests/s`);
    }
  }
  const ours = rates.get("llmcfg") ?? [];
  for (const [name, theirs] of rates) {
    if (name === "llmcfg") continue;
    const ratios = ours
      .map((rate, i) => rate / (theirs[i] ?? Number.NaN))
      .toSorted((a, b) => a - b);
    const shown = [ratios[Math.floor(ratios.length / 2)], ratios[0], ratios.at(-1)];
    const [median, min, max] = shown.map((ratio) => ratio?.toFixed(2));
    console.log(`llmcfg ÷ ${name}  median ${median}  min ${min}  max ${max}`);
  }
  await save(Object.fromEntries(rates));
}

async function save(rates: Readonly<Record<string, readonly number[]>>): Promise<void> {
  const folder = join(import.meta.dirname, "results/http-read");
  await mkdir(folder, { recursive: true });
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    kernel: release(),
    load: loadavg(),
  };
  const file = join(folder, `${new Date().toISOString().slice(0, 10)}.json`);
  const result = { machine, node: process.version, seconds: Number(values.seconds), rates };
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`written to ${file}`);
}
