import { join } from "node:path";
import { type Buckets, Latencies } from "./latencies.ts";
import { LOAD_CORE, nextLine, startScript } from "./programs.ts";

/** A load that is kept up whatever becomes of the answers. */
export interface OpenLoad {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly perSecond: number;
  readonly seconds: number;
  /** At the same pace before that, not counted. */
  readonly warmUpSeconds: number;
  readonly connections: number;
  /** What every answer has to have. */
  readonly bodyBytes: number;
}

export interface OpenLoadAnswered {
  readonly requests: number;
  /** From when a request was due to the last byte of its answer: no coordinated omission. */
  readonly latencies: Latencies;
  /** From when it was due and a connection was free to when it was sent: the load's own share. */
  readonly lateness: Latencies;
}

/** What `open-loop-main.ts` prints. */
export interface OpenLoopReport {
  readonly requests: number;
  readonly latencies: Buckets;
  readonly lateness: Buckets;
}

/** Sends GET requests at even distances, from a process of its own on the load's core. */
export async function loadOpenLoop(load: OpenLoad): Promise<OpenLoadAnswered> {
  const main = join(import.meta.dirname, "open-loop-main.ts");
  await using program = await startScript(main, [JSON.stringify(load)], { core: LOAD_CORE });
  const line = await nextLine(program.lines, main);
  const report = JSON.parse(line) as OpenLoopReport; // what the program prints
  return {
    requests: report.requests,
    latencies: Latencies.of(report.latencies),
    lateness: Latencies.of(report.lateness),
  };
}
