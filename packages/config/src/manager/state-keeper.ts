import type { ManagerStatus } from "../config-manager.ts";
import type { Ending } from "../reload/command.ts";
import type { ReloadResult } from "../reload/reload-result.ts";
import type { Reloader } from "../reload/reloader.ts";
import type { DurableState } from "../state/durable-state.ts";
import { processStart } from "../state/process-start.ts";
import { type StatusReport, type StatusResult, toStatusResult } from "../state/status-file.ts";

export interface StateKeeperOptions<T> {
  /** Nothing where the manager has no state folder. */
  readonly state: DurableState<T> | undefined;
  readonly hearsSignals: boolean;
}

/** The state of the process as a report of it needs it. */
export interface Reported<T> {
  readonly reloader: Reloader<T>;
  readonly status: ManagerStatus;
  readonly isStopped: boolean;
  readonly now: Date;
}

/** Keeps the state folder of a manager up to date, if it has one. Nothing here throws. */
export class StateKeeper<T> {
  readonly #options: StateKeeperOptions<T>;
  #lastReload: StatusResult | undefined;
  #signals: StatusReport["signals"] = { answered: 0 };
  #processStart: string | undefined;
  #isActive = false;

  constructor(options: StateKeeperOptions<T>) {
    this.#options = options;
  }

  /** What cannot be kept, one sentence each. */
  get troubles(): readonly string[] {
    return this.#options.state?.troubles ?? [];
  }

  get durableHolds(): ReadonlySet<string> {
    return this.#options.state?.durableHolds ?? new Set();
  }

  /** Writes the version accepted last and the holds, where they are not stored yet. */
  async keep(reloader: Reloader<T>): Promise<void> {
    if (!this.#isActive) this.#processStart = await processStart("self");
    this.#isActive = true;
    await this.#options.state?.keep(reloader);
  }

  /** The ending, with whether its holds outlast the process. */
  withDurability(ending: Ending): Ending {
    const { result } = ending;
    if (result.holds.length === 0) return ending;
    const holdDurable = result.holds.every((source) => this.durableHolds.has(source));
    return { ...ending, result: { ...result, holdDurable } };
  }

  noteResult(result: ReloadResult, at: Date): void {
    this.#lastReload = toStatusResult(result, at);
  }

  /** A SIGHUP has its result. One that came before another may have it after: the later one counts. */
  noteSignal(
    result: ReloadResult,
    { askedAt, at }: { readonly askedAt: Date; readonly at: Date },
  ): void {
    const { askedAt: known, last: before } = this.#signals;
    const answered = this.#signals.answered + 1;
    const isOlder = known !== undefined && Date.parse(known) > askedAt.getTime();
    this.#signals = isOlder
      ? { answered, askedAt: known, last: before }
      : { answered, askedAt: askedAt.toISOString(), last: toStatusResult(result, at) };
  }

  async writeStatus({ reloader, status, isStopped, now }: Reported<T>): Promise<void> {
    const { state, hearsSignals } = this.#options;
    if (state === undefined || !this.#isActive) return;
    const { version, label, checksum, acceptedAt } = reloader.current.snapshot;
    await state.writeStatus({
      pid: process.pid,
      ...(this.#processStart === undefined ? {} : { processStart: this.#processStart }),
      isStopped,
      hearsSignals: hearsSignals && !isStopped,
      writtenAt: now.toISOString(),
      version,
      ...(label === undefined ? {} : { label }),
      checksum,
      acceptedAt: acceptedAt.toISOString(),
      bootedFrom: status.bootedFrom,
      health: status.health,
      ...(this.#lastReload === undefined ? {} : { lastReload: this.#lastReload }),
      signals: this.#signals,
      pendingRestart: status.pendingRestart.map(({ path, since }) => ({ path, since })),
      holds: status.holds.map((hold) => ({ ...hold })),
      sources: status.sources.map(({ id, state: condition, staleSince }) => {
        const since = staleSince === undefined ? {} : { staleSince: staleSince.toISOString() };
        return { id, state: condition, ...since };
      }),
    });
  }
}
