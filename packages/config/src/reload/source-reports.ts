import type { Clock } from "../clock.ts";
import { withTimeout } from "../concurrency.ts";
import type { ConfigSource, SourceOutcome } from "../sources/config-source.ts";

/** How long a source may take to pass on what became of its content. */
const MAX_REPORT_MS = 10_000;

/**
 * Tells sources what became of what they delivered, one report at a time for each, in order. While
 * a source is busy with one, the newest waits and older ones are dropped: it stands for them.
 */
export class SourceReports implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #lines = new Map<string, Line>();
  #failures = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Reports that a source did not take. */
  get failures(): number {
    return this.#failures;
  }

  /** Returns at once. */
  report(source: ConfigSource, outcome: SourceOutcome): void {
    if (source.report === undefined) return;
    const line = this.#lines.get(source.id) ?? { waiting: undefined, running: undefined };
    this.#lines.set(source.id, line);
    line.waiting = outcome;
    line.running ??= this.#run(source, line);
  }

  /** Settles once everything is passed on, or has failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { running } of this.#lines.values()) await running; // all of them run already
  }

  async #run(source: ConfigSource, line: Line): Promise<void> {
    for (let outcome = take(line); outcome !== undefined; outcome = take(line)) {
      const told = outcome;
      try {
        const work = (async () => await source.report?.(told))();
        const late = throwLate;
        await withTimeout(work, { clock: this.#clock, ms: MAX_REPORT_MS, late });
      } catch {
        this.#failures++; // the next reload reports again
      }
    }
    line.running = undefined;
  }
}

interface Line {
  waiting: SourceOutcome | undefined;
  running: Promise<void> | undefined;
}

function take(line: Line): SourceOutcome | undefined {
  const outcome = line.waiting;
  line.waiting = undefined;
  return outcome;
}

function throwLate(): never {
  throw new Error("the source did not take the report in time");
}
