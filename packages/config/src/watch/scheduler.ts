import type { Clock } from "../clock.ts";
import {
  type Change,
  type Effect,
  initialState,
  type MachineEvent,
  type MachineOptions,
  type MachineState,
  type Outcome,
  step,
} from "../reload/machine.ts";
import type { Trigger } from "../reload/trigger.ts";

export interface SchedulerOptions extends MachineOptions {
  readonly clock: Clock;
  /** From 0 to below 1: processes that fail together do not try again together. */
  readonly random: () => number;
  /** Must not reject. */
  readonly reload: (trigger: Trigger) => Promise<Outcome>;
  /** A reload waits until the rate allows it. */
  readonly onDeferred: (trigger: Trigger) => void;
}

/** The part of a wait after a failure that is left to chance. */
const SPREAD = 0.2;

/** Runs the machine of reload/SPEC.md: holds its timer, runs the reloads it asks for. */
export class Scheduler implements AsyncDisposable {
  readonly #options: SchedulerOptions;
  #state: MachineState;
  #timer: Disposable | undefined;
  #reloading: Promise<void> = Promise.resolve();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#state = initialState(options, options.clock.now());
  }

  /** Whether a change waits until the rate allows it. */
  get isDeferred(): boolean {
    return this.#state.phase.name === "held";
  }

  signal(change: Change): void {
    this.#feed({ type: "changed", ...change });
  }

  /** A reload that was not asked for here failed, or was partial, for a reason that may pass. */
  retryLater(): void {
    this.#feed({ type: "try_again" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#feed({ type: "stop" });
    await this.#reloading;
  }

  #feed(event: MachineEvent): void {
    const next = step(this.#state, event, this.#options, this.#options.clock.now());
    this.#state = next.state;
    for (const effect of next.effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case "wait":
        this.#timer?.[Symbol.dispose]();
        this.#timer = this.#options.clock.setTimeout(
          () => this.#feed({ type: "timer" }),
          effect.isSpread === true ? this.#spread(effect.ms) : effect.ms,
        );
        break;
      case "cancel":
        this.#timer?.[Symbol.dispose]();
        this.#timer = undefined;
        break;
      case "defer":
        this.#options.onDeferred(effect.trigger);
        break;
      case "reload":
        this.#reloading = this.#reload(effect.trigger);
        break;
    }
  }

  #spread(ms: number): number {
    return ms * (1 - SPREAD * this.#options.random());
  }

  async #reload(trigger: Trigger): Promise<void> {
    const outcome = await this.#options.reload(trigger);
    this.#feed({ type: "finished", outcome });
  }
}
