import { join } from "node:path";
import { LOAD_CORE, nextLine, startScript } from "../lib/programs.ts";

export interface WatchersOptions {
  readonly addr: string;
  readonly token: string;
  readonly env: string;
  readonly service: string;
  readonly count: number;
  /** `watches`: the state alone; `applications`: with snapshots, and reports to the server. */
  readonly kind: "watches" | "applications";
}

/** A revision that is in force in all of them. */
export interface Applied {
  readonly revision: number;
  /** On the machine's monotonic clock, one for each watcher. */
  readonly appliedAtMs: readonly number[];
}

export interface Watchers extends AsyncDisposable {
  /** The next revision that all have applied, in order. */
  next(): Promise<Applied>;
}

/** Starts the process that watches; resolves once all follow. */
export async function startWatchers(options: WatchersOptions): Promise<Watchers> {
  const main = join(import.meta.dirname, "watchers-main.ts");
  const started = await startScript(main, [JSON.stringify(options)], { core: LOAD_CORE });
  return {
    next: async () => JSON.parse(await nextLine(started.lines, main)) as Applied, // what it prints
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}
