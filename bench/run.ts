/**
 * `npm run bench -- [NAME…] [--rounds 5] [--seconds 10]`: figures beside peers, in one run.
 * `npm run bench:smoke -- [NAME…]`: only that everything answers rightly; never timed.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { cliStart } from "./cli-start/bench.ts";
import { httpRead } from "./http-read/bench.ts";
import { inprocess } from "./inprocess/bench.ts";
import { type Bench, toLine } from "./lib/bench.ts";
import { save, toResult, worseThanLast } from "./lib/results.ts";
import { propagation } from "./propagation/bench.ts";
import { watchMemory } from "./watch-memory/bench.ts";

const BENCHES: readonly Bench[] = [httpRead, propagation, watchMemory, cliStart, inprocess];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    smoke: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "10" },
  },
});

// So that what was started ends too.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const options = {
  rounds: positive("rounds", values.rounds),
  seconds: positive("seconds", values.seconds),
};
for (const bench of chosen(positionals)) {
  console.log(`\n${bench.name}`);
  if (values.smoke) for (const line of await bench.smoke()) console.log(line);
  else await measure(bench);
}

async function measure(bench: Bench): Promise<void> {
  const result = toResult(bench, options, await bench.measure(options));
  for (const figure of result.figures) console.log(toLine(figure));
  for (const line of await worseThanLast(result)) console.log(line);
  console.log(`written to ${await save(result)}`);
}

function chosen(names: readonly string[]): readonly Bench[] {
  const unknown = names.filter((name) => BENCHES.every((bench) => bench.name !== name));
  if (unknown.length === 0) {
    return names.length === 0 ? BENCHES : BENCHES.filter(({ name }) => names.includes(name));
  }
  const known = BENCHES.map(({ name }) => name).join(", ");
  throw new Error(`there is no benchmark ${unknown.join(", ")} (there are ${known})`);
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${name} must be a whole number above 0, not ${text}`);
}
