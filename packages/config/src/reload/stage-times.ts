import type { Clock } from "../clock.ts";
import type { Stage } from "./trigger.ts";

/** How long a command has been in each of its stages. */
export class StageTimes {
  readonly #clock: Pick<Clock, "now">;
  readonly #spentMs = new Map<Stage, number>();
  #stage: Stage;
  #sinceMs: number;

  /** @param stage the one it is in now */
  constructor(clock: Pick<Clock, "now">, stage: Stage) {
    this.#clock = clock;
    this.#stage = stage;
    this.#sinceMs = clock.now();
  }

  /** The stage before has ended. */
  enter(stage: Stage): void {
    const nowMs = this.#clock.now();
    const before = this.#spentMs.get(this.#stage) ?? 0;
    this.#spentMs.set(this.#stage, before + Math.max(nowMs - this.#sinceMs, 0)); // clocks are set back
    this.#stage = stage;
    this.#sinceMs = nowMs;
  }

  /** Milliseconds by stage, up to now; stages that it did not come to are missing. */
  read(): ReadonlyMap<Stage, number> {
    this.enter(this.#stage);
    return new Map(this.#spentMs);
  }
}
