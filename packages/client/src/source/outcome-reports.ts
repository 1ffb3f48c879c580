import type { SourceOutcome } from "@llmcfg/config";
import type { AgentReporter, StatePoint } from "../agent/agent-reporter.ts";
import { toRefusal } from "./refusal.ts";

/** How many readings an outcome may speak of: the library reports on one before it reads many. */
const MAX_REMEMBERED = 16;

/** Tells the server what became of what was read. */
export class OutcomeReports implements AsyncDisposable {
  readonly #createReporter: () => Promise<AgentReporter>;
  /** Oldest first; the newest one of each hash. */
  #read: readonly StatePoint[] = [];
  #reporter: Promise<AgentReporter> | undefined;

  /** @param createReporter called with the first outcome: who only reads is no agent */
  constructor(createReporter: () => Promise<AgentReporter>) {
    this.#createReporter = createReporter;
  }

  /** Takes note of what outcomes may speak of from now on. */
  note({ revision, hash }: StatePoint): void {
    const others = this.#read.filter((point) => point.hash !== hash);
    this.#read = [...others, { revision, hash }].slice(-MAX_REMEMBERED);
  }

  /** What the outcome is about; `undefined` for something that was not read here. */
  async tell(outcome: SourceOutcome): Promise<StatePoint | undefined> {
    const point = this.#read.findLast((read) =>
      outcome.result === "applied"
        ? read.hash === outcome.hash
        : outcome.revision === undefined || String(read.revision) === outcome.revision,
    );
    if (point === undefined) return undefined;
    this.#reporter ??= this.#start();
    const reporter = await this.#reporter;
    if (outcome.result === "applied") reporter.applied(point);
    else reporter.refused(point, toRefusal(outcome));
    return point;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#reporter)?.[Symbol.asyncDispose]();
  }

  async #start(): Promise<AgentReporter> {
    const reporter = await this.#createReporter();
    reporter.start();
    return reporter;
  }
}
