import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import { ConfigError, RollbackError } from "../errors.ts";
import {
  describeTarget,
  type History,
  nameTarget,
  type RollbackTarget,
} from "../history/history.ts";
import { applyHolds, type Hold, holdsFor } from "../history/holds.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import { Slices } from "../load/slices.ts";
import type { RankedSource, SourceState } from "../load/source-state.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlanCandidate } from "../plan/proposed-states.ts";
import { locateOverrides } from "../sources/locate-overrides.ts";
import type { Located, Position } from "../sources/located.ts";
import type { BusinessRule } from "../validate/business-rule.ts";
import { AcceptedVersions } from "./accepted-versions.ts";
import type { Booted } from "./boot.ts";
import { CheckStages } from "./check-stages.ts";
import type { Attempt, Command, Ending, ReloadCommand, ReloadHooks } from "./command.ts";
import { Endings } from "./endings.ts";
import { isUnchanged } from "./is-unchanged.ts";
import { overridesOf, withPatch } from "./overrides-content.ts";
import type { Participants } from "./participants.ts";
import { Planning } from "./planning.ts";
import { overridesFinding } from "./reload-findings.ts";
import { SwapStages } from "./swap-stages.ts";
import type { KeptVersion, Version } from "./version.ts";

export interface ReloaderOptions<T> {
  readonly core: LoaderCore<T>;
  readonly rules: readonly BusinessRule<T>[];
  readonly participants: Participants<T>;
  readonly historySize: number;
  readonly clock: Clock;
  readonly hooks: ReloadHooks<T>;
}

/**
 * Makes one configuration out of another, in the stages of the specification: whatever fails before
 * the swap leaves the accepted configuration, the very object, as it is. One command at a time.
 */
export class Reloader<T> {
  readonly sources: readonly RankedSource[];
  readonly #options: ReloaderOptions<T>;
  readonly #accepted: AcceptedVersions<T>;
  readonly #endings: Endings<T>;
  readonly #planning: Planning<T>;
  readonly #stages: CheckStages<T>;
  #overrideChanges = 0;

  /** @param booted version 1, see `bootVersion` */
  constructor(options: ReloaderOptions<T>, booted: Booted<T>) {
    const { core, clock, participants, hooks, historySize } = options;
    const { store, schema } = core;
    const { sources } = booted;
    const accepted = new AcceptedVersions(booted, { historySize, store, swap: hooks.swap });
    const endings = new Endings({ accepted, clock, help: schema.help });
    const swap = new SwapStages({ core, clock, participants, accepted, endings, hooks });
    this.sources = sources;
    this.#options = options;
    this.#accepted = accepted;
    this.#endings = endings;
    this.#planning = new Planning({ tools: options, sources, accepted, participants });
    this.#stages = new CheckStages({ tools: options, accepted, endings, swap });
  }

  get current(): Version<T> {
    return this.#accepted.current;
  }

  get holds(): readonly Hold[] {
    return this.#accepted.holds;
  }

  get history(): History {
    return this.#accepted.history;
  }

  /** Whether the sources have not been accepted yet since the process started. */
  get isFallback(): boolean {
    return this.#accepted.isFallback;
  }

  /**
   * A version of the past.
   *
   * @throws {RollbackError} where the history has no such version
   */
  requireVersion(target: RollbackTarget): KeptVersion<T> {
    const found = this.#accepted.find(target);
    if (found !== undefined) return found;
    const message = `Version ${describeTarget(target)} not found in history`;
    throw new RollbackError("version_not_found", message);
  }

  /** Reads all sources and takes over what changed. */
  async reload(command: ReloadCommand): Promise<Ending> {
    const attempt = this.#endings.begin(command, "read");
    const accepted = this.#accepted;
    const isBoot = accepted.isFallback;
    const read = await this.#read(command.signal, isBoot);
    const delivered = { ...attempt, delivered: read.states, failures: read.failures };
    if (read.failures.length > 0) {
      accepted.noteConditions(read.states);
      return this.#endings.unread(delivered, read);
    }
    attempt.times.enter("compare");
    const { states, holds } = command.ignoreHolds
      ? { states: read.states, holds: [] }
      : applyHolds(read.states, accepted.holds);
    if (!isBoot && !command.refreshSecrets && (await this.#isUnchanged(states))) {
      accepted.holds = holds;
      accepted.refresh({ states });
      return this.#endings.unchanged(delivered);
    }
    const ending = await this.#stages.run(states, holds, delivered);
    if (ending.result.status === "rejected") accepted.noteConditions(read.states);
    else accepted.isFallback = false;
    return ending;
  }

  /** Puts values over the overrides; the other sources are not read again. */
  async set(patch: unknown, command: Command): Promise<Ending> {
    const attempt = this.#beginUnread(command);
    const at = new Date(this.#options.clock.now()).toISOString();
    const { actor } = command;
    const position: Position = { kind: "override", at, ...(actor === undefined ? {} : { actor }) };
    let located: Located;
    try {
      located = locateOverrides(patch, position);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return this.#endings.rejected(attempt, "parse", [overridesFinding(error, position)]);
    }
    this.#overrideChanges++;
    const hash = `change ${this.#overrideChanges}`;
    const states = withPatch(this.current.origin.states, located, hash);
    return await this.#stages.run(states, this.holds, { ...attempt, delivered: states });
  }

  /**
   * Goes back to what a kept version was made of, validated again, as a new version; what is rolled
   * away is on hold.
   *
   * @throws {RollbackError} where the history has no such version
   */
  async rollback(target: RollbackTarget, command: Command): Promise<Ending> {
    const found = this.requireVersion(target);
    const attempt = this.#beginUnread({ ...command, target: nameTarget(target) });
    const states = await found.origin.states();
    const { origin, snapshot } = this.current;
    const holds = holdsFor({
      left: origin.states,
      target: states,
      holds: this.holds,
      since: this.#accepted.nextNumber,
      from: snapshot.version,
      actor: command.actor,
    });
    return await this.#stages.run(states, holds, { ...attempt, delivered: origin.states });
  }

  /**
   * What a change would do, up to the diff; nothing is applied.
   *
   * @throws {ConfigError} `unknown_file`, `not_a_document`
   */
  async plan(candidate: PlanCandidate, signal: AbortSignal): Promise<Plan> {
    return await this.#planning.plan(candidate, signal);
  }

  /**
   * What a rollback would do.
   *
   * @throws {RollbackError} where the history has no such version
   */
  async planRollback(target: RollbackTarget, command: Command): Promise<Ending> {
    const attempt = this.#beginUnread(command);
    const states = await this.requireVersion(target).origin.states();
    const { plan, failedStage } = await this.#planning.planStates(states, command.signal);
    const { diff, report, valid, pendingRestart } = plan;
    if (!valid) return this.#endings.rejected(attempt, failedStage, report.errors);
    const restartRequired = pendingRestart.added;
    return this.#endings.end(attempt, { status: "unchanged", diff, restartRequired });
  }

  /**
   * Lets go of what versions of the past do not need: to be called when a command is over, and its
   * effects are. Other work goes on in between.
   */
  async tidy(): Promise<void> {
    for (;;) {
      const work = this.#accepted.nextToTidy();
      if (work === undefined) return;
      await nextTurn();
      await new Slices().run(work);
    }
  }

  /** @returns whether there was a hold */
  releaseHold(source: string | undefined): boolean {
    return this.#accepted.releaseHold(source);
  }

  /** @param isBoot reads as at a start, whatever is known of the sources */
  async #read(signal: AbortSignal, isBoot: boolean) {
    const { core } = this.#options;
    const { states } = this.current.origin;
    const overrides = overridesOf(states) ?? core.initialOverrides();
    const previous = isBoot ? [] : states;
    return await core.read(this.sources, { previous, isBoot, overrides, signal });
  }

  async #isUnchanged(states: readonly SourceState[]): Promise<boolean> {
    const { core } = this.#options;
    const variable = (name: string) => core.variable(name);
    return await isUnchanged(this.current.origin, states, { fs: core.fs, variable });
  }

  /** An attempt for which the sources are not read. */
  #beginUnread(command: Command): Attempt {
    return this.#endings.begin({ ...command, refreshSecrets: false, ignoreHolds: false });
  }
}
