import type { Clock } from "../clock.ts";
import type { ManagerStatus } from "../config-manager.ts";
import { type BootFallback, describeFallback } from "../reload/boot.ts";
import type { Participants } from "../reload/participants.ts";
import type { ReloadResult } from "../reload/reload-result.ts";
import type { Reloader } from "../reload/reloader.ts";
import type { Announcements } from "./announcements.ts";
import type { StateKeeper } from "./state-keeper.ts";
import { managerStatus } from "./status.ts";
import type { WatchStates } from "./watch-states.ts";

export interface LiveStateOptions<T> {
  readonly reloader: Reloader<T>;
  readonly participants: Participants<T>;
  readonly announcements: Announcements;
  readonly keeper: StateKeeper<T>;
  readonly watching: WatchStates;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  /** There where version 1 is what was stored. */
  readonly fallback: BootFallback | undefined;
}

/** What a manager says of itself, to who asks and in its state folder, if it has one. */
export class LiveState<T> {
  readonly #options: LiveStateOptions<T>;

  constructor(options: LiveStateOptions<T>) {
    this.#options = options;
  }

  get status(): ManagerStatus {
    const { reloader, participants, announcements, keeper, watching } = this.#options;
    return managerStatus({
      health: announcements.health,
      version: reloader.current,
      holds: reloader.holds,
      draining: participants.draining,
      durableHolds: keeper.durableHolds,
      isFallback: reloader.isFallback,
      watching,
    });
  }

  /** What is accepted and on hold lies on disk from now on, if there is a state folder. */
  async keep(): Promise<void> {
    const { keeper, reloader, announcements } = this.#options;
    await keeper.keep(reloader);
    this.note();
    announcements.checkHealth();
    await this.write();
  }

  /** Health knows of what cannot be kept, and of what is run on instead of the sources. */
  note(): void {
    const { reloader, announcements, keeper, fallback } = this.#options;
    const runsOn = reloader.isFallback ? fallback : undefined;
    const { health } = announcements;
    health.note("boot", runsOn === undefined ? [] : [describeFallback(runsOn)]);
    health.note("state", keeper.troubles);
  }

  /** A SIGHUP has its result. */
  async answerSignal(result: ReloadResult, askedAt: Date): Promise<void> {
    const { keeper, clock } = this.#options;
    keeper.noteSignal(result, { askedAt, at: new Date(clock.now()) });
    await this.write();
  }

  /** Writes the status for other processes to read. */
  async write(): Promise<void> {
    const { keeper, reloader, clock, stopping } = this.#options;
    const now = new Date(clock.now());
    await keeper.writeStatus({ reloader, status: this.status, isStopped: stopping.aborted, now });
  }
}
