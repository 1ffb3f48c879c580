import type { LiveAudit } from "../audit/live-audit.ts";
import type { CommandOptions, ReloadOptions, RollbackOptions } from "../config-manager.ts";
import { ConfigError } from "../errors.ts";
import type { RollbackTarget } from "../history/history.ts";
import type { Command, Ending } from "../reload/command.ts";
import { CommandQueue } from "../reload/command-queue.ts";
import type { Reloader } from "../reload/reloader.ts";
import type { Trigger } from "../reload/trigger.ts";
import type { DeepPartial } from "../schema/config-types.ts";
import type { Announcements } from "./announcements.ts";
import type { FinishStage } from "./finish-stage.ts";
import type { StateKeeper } from "./state-keeper.ts";

export interface CommandsOptions<T> {
  readonly reloader: Reloader<T>;
  readonly keeper: StateKeeper<T>;
  /** Nothing where nothing is recorded. */
  readonly audit: LiveAudit<T> | undefined;
  readonly finish: FinishStage<T>;
  readonly announcements: Announcements;
  /** Who is named where a command names nobody. */
  readonly actor: string | undefined;
  readonly stopping: AbortSignal;
}

/**
 * Carries out commands one after another; reloads that ask for the same and wait are one.
 *
 * All reject with {@link ConfigError} `stopped` once the manager stops.
 */
export class Commands<T> {
  readonly #options: CommandsOptions<T>;
  readonly #queue = new CommandQueue<Ending>();

  constructor(options: CommandsOptions<T>) {
    this.#options = options;
  }

  async reload(trigger: Trigger, options: ReloadOptions): Promise<Ending> {
    const { refreshSecrets = false, ignoreHolds = false, signal } = options;
    const command = { ...this.#command(trigger, options), refreshSecrets, ignoreHolds };
    const joins = signal === undefined ? `${refreshSecrets} ${ignoreHolds}` : undefined;
    return await this.#run(() => this.#options.reloader.reload(command), command, joins);
  }

  async set(patch: DeepPartial<T>, options: CommandOptions): Promise<Ending> {
    const command = this.#command("set", options);
    return await this.#run(() => this.#options.reloader.set(patch, command), command);
  }

  async rollback(target: RollbackTarget, options: RollbackOptions): Promise<Ending> {
    const { reloader } = this.#options;
    const command = this.#command("rollback", options);
    if (options.dryRun === true) return await reloader.planRollback(target, command);
    return await this.#run(() => reloader.rollback(target, command), command);
  }

  async releaseHold(source: string | undefined, options: CommandOptions): Promise<Ending> {
    const { reloader, announcements } = this.#options;
    const command = { ...this.#command("api", options), refreshSecrets: false, ignoreHolds: false };
    return await this.#run(async () => {
      if (reloader.releaseHold(source)) announcements.emitHolds(reloader.holds);
      return await reloader.reload(command);
    }, command);
  }

  /** Settles once no command runs or waits. */
  async idle(): Promise<void> {
    await this.#queue.idle();
  }

  async #run(work: () => Promise<Ending>, command: Command, joins?: string): Promise<Ending> {
    const { reloader, keeper, audit, finish } = this.#options;
    this.#requireRunning();
    return await this.#queue.run(async () => {
      this.#requireRunning();
      command.signal.throwIfAborted();
      const worked = await work();
      await keeper.keep(reloader);
      const ending = keeper.withDurability(worked);
      await audit?.ended(ending, command);
      await finish.run(ending);
      await reloader.tidy();
      return ending;
    }, joins);
  }

  /** @throws {ConfigError} `stopped` */
  #requireRunning(): void {
    const { stopping } = this.#options;
    if (stopping.aborted) throw new ConfigError("stopped", "the manager is stopped");
  }

  #command(trigger: Trigger, { actor, reason, signal }: CommandOptions): Command {
    const { stopping, actor: nobody } = this.#options;
    return {
      trigger,
      actor: actor ?? nobody,
      reason,
      signal: signal === undefined ? stopping : AbortSignal.any([stopping, signal]),
    };
  }
}
