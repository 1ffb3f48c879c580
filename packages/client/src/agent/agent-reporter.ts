import { isLlmcfgError, type LlmcfgError } from "@llmcfg/core";
import type { AgentError, AgentPoint, AgentReport, Freshness } from "@llmcfg/protocol";
import type { AgentRequests } from "../requests/agents.ts";
import type { Runtime } from "../runtime.ts";

export interface AgentReporterOptions {
  readonly client: Pick<AgentRequests, "reportAgent">;
  readonly agentId: string;
  /** What stays the same from report to report. */
  readonly about: Pick<AgentReport, "kind" | "node" | "version" | "scope" | "labels">;
  /** How current what the consumer holds is, at the time of a report. */
  readonly freshness: () => Freshness;
  readonly runtime: Runtime;
}

/** Why a state was refused, as `AgentError` has it without the point. */
export type Refusal = Pick<AgentError, "reason" | "detail" | "pointer">;

/** A state by what names it. */
export type StatePoint = Pick<AgentPoint, "revision" | "hash">;

const INTERVAL_MS = 15_000;
/**
 * A report waits for up to so long, by chance: a fleet that hears of a commit at one moment does not
 * answer at one moment, while some of it has yet to hear (measured in bench/propagation).
 */
const SPREAD_MS = 200;
const LAST_REPORT_TIMEOUT_MS = 2_000;
/** Made once: an abort without a reason makes an error, with its stack, each time. */
const WOKEN = new Error("there is something to report");

/**
 * Tells the server what a consumer tried and has: within 200 ms of every attempt, and every 15 s,
 * which renews the lease.
 *
 * Only the newest state is told, one report at a time. A report that fails is made up for by the
 * next; it harms nothing here.
 */
export class AgentReporter implements AsyncDisposable {
  readonly #options: AgentReporterOptions;
  readonly #stopping = new AbortController();
  #state: Pick<AgentReport, "state" | "attempted" | "effective" | "lastError"> = {
    state: "APPLYING",
    attempted: null,
    effective: null,
    lastError: null,
  };
  /** Something was noted that no report has said yet. */
  #isDue = false;
  #wake = Promise.withResolvers<void>();
  #failure: LlmcfgError | undefined;
  #running: Promise<void> | undefined;

  constructor(options: AgentReporterOptions) {
    this.#options = options;
  }

  /** Reports from now on, until it is disposed. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Why the last report did not arrive; `undefined` once one has. */
  get failure(): LlmcfgError | undefined {
    return this.#failure;
  }

  /** The state is what the consumer works with now. */
  applied(point: StatePoint): void {
    const reached = this.#at(point);
    this.#note({ state: "APPLIED", attempted: reached, effective: reached, lastError: null });
  }

  /** The state was tried, and what was there before goes on. */
  refused(point: StatePoint, refusal: Refusal): void {
    const attempted = this.#at(point);
    const { revision, at } = attempted;
    const lastError: AgentError = { ...shortened(refusal), file: null, revision, at };
    this.#note({ ...this.#state, state: "FAILED", attempted, lastError });
  }

  /** Says what is still unsaid, within 2 s, and stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    if (this.#isDue) await this.#send({ timeoutMs: LAST_REPORT_TIMEOUT_MS });
  }

  #at({ revision, hash }: StatePoint): AgentPoint {
    return { revision, hash, at: new Date(this.#options.runtime.nowMs()).toISOString() };
  }

  #note(state: Pick<AgentReport, "state" | "attempted" | "effective" | "lastError">): void {
    this.#state = state;
    this.#isDue = true;
    this.#wake.resolve();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#untilDue();
      const { runtime } = this.#options;
      await runtime.sleep(runtime.random() * SPREAD_MS, signal).catch(() => {}); // called off
      if (!signal.aborted) await this.#send({ signal });
    }
  }

  /** Until something is noted, or it is time to renew the lease. */
  async #untilDue(): Promise<void> {
    const woken = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, woken.signal]);
    const slept = this.#options.runtime.sleep(INTERVAL_MS, signal).catch(() => {}); // called off
    await Promise.race([slept, this.#wake.promise]);
    woken.abort(WOKEN);
    this.#wake = Promise.withResolvers();
  }

  async #send(options: { readonly signal?: AbortSignal; readonly timeoutMs?: number }) {
    const { client, agentId, about, freshness } = this.#options;
    this.#isDue = false;
    try {
      const report = { ...about, ...this.#state, freshness: freshness(), pendingRestart: [] };
      await client.reportAgent(agentId, report, options);
      this.#failure = undefined;
    } catch (error) {
      this.#isDue = true;
      if (this.#stopping.signal.aborted) return;
      if (!isLlmcfgError(error)) throw error;
      this.#failure = error;
    }
  }
}

const MAX_DETAIL_CHARS = 4_000;
const MAX_POINTER_CHARS = 1_000;

/** A report that is too long would be refused, and nobody would hear of the refusal. */
function shortened({ reason, detail, pointer }: Refusal): Refusal {
  const isLong = detail.length > MAX_DETAIL_CHARS;
  return {
    reason,
    detail: isLong ? `${detail.slice(0, MAX_DETAIL_CHARS)}…` : detail,
    pointer: pointer !== null && pointer.length > MAX_POINTER_CHARS ? null : pointer,
  };
}
