import { setImmediate as nextTurn } from "node:timers/promises";
import type { AuditChange } from "../audit/records.ts";
import type { Clock } from "../clock.ts";
import type { ConfigDiff } from "../diff/config-diff.ts";
import { diffConfigs } from "../diff/diff-configs.ts";
import { shareUnchanged } from "../diff/share-unchanged.ts";
import { ConfigError, RollbackError } from "../errors.ts";
import { describeTarget, type RollbackTarget, VersionHistory } from "../history/history.ts";
import { applyHolds, type Hold, holdsFor } from "../history/holds.ts";
import { KeptContents, KeptOrigin } from "../history/kept-origin.ts";
import type { AcceptedValue, Candidate } from "../load/candidate.ts";
import { deepFreeze } from "../load/deep-freeze.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import type { ReadResult } from "../load/read-sources.ts";
import { requireSources } from "../load/require-sources.ts";
import type { RankedSource, SourceState } from "../load/source-state.ts";
import type { Plan } from "../plan/plan.ts";
import { type PlanBase, propose } from "../plan/propose.ts";
import { type PlanCandidate, proposedStates } from "../plan/proposed-states.ts";
import type { DeepReadonly } from "../schema/config-types.ts";
import { locateOverrides } from "../sources/locate-overrides.ts";
import type { Located, Position } from "../sources/located.ts";
import type { BusinessRule } from "../validate/business-rule.ts";
import type { Finding } from "../validate/finding.ts";
import { createReport } from "../validate/report.ts";
import { withHelp } from "../validate/to-finding.ts";
import { auditFinding } from "./audit-finding.ts";
import type { Booted } from "./boot.ts";
import { checkRules } from "./check-rules.ts";
import type { Attempt, Command, Ending, ReloadCommand, ReloadHooks } from "./command.ts";
import { effectiveOf } from "./effective.ts";
import { isUnchanged } from "./is-unchanged.ts";
import { overridesOf, withCompactOverrides } from "./overrides-content.ts";
import type { Participants, Veto } from "./participants.ts";
import { defectFinding, errorsOf, overridesFinding } from "./reload-findings.ts";
import type { ReloadResult } from "./reload-result.ts";
import { StageTimes } from "./stage-times.ts";
import type { Stage } from "./trigger.ts";
import {
  createEntry,
  createSnapshot,
  type KeptVersion,
  type Version,
  type VersionAbout,
} from "./version.ts";
import { withPointer } from "./veto-pointer.ts";

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
  readonly history: VersionHistory<KeptVersion<T>>;
  readonly #options: ReloaderOptions<T>;
  readonly #sources: readonly RankedSource[];
  readonly #boot: DeepReadonly<T>;
  readonly #contents = new KeptContents();
  #current: Version<T>;
  #holds: readonly Hold[];
  /** Version 1 is what was stored: the sources are still to be read as at a start. */
  #isFallback: boolean;
  /** Numbers are never used again, not even that of a swap which was taken back. */
  #lastNumber = 1;
  #overrideChanges = 0;
  /** What is left to do once a change is over. */
  readonly #untidy: (() => void)[] = [];

  /** @param booted version 1, see `bootVersion` */
  constructor(options: ReloaderOptions<T>, booted: Booted<T>) {
    const { sources, first, holds, fallback } = booted;
    this.#options = options;
    this.#sources = sources;
    this.#current = first;
    this.#holds = holds;
    this.#isFallback = fallback !== undefined;
    this.#boot = first.snapshot.config;
    this.history = new VersionHistory(options.historySize);
  }

  get current(): Version<T> {
    return this.#current;
  }

  get holds(): readonly Hold[] {
    return this.#holds;
  }

  get sources(): readonly RankedSource[] {
    return this.#sources;
  }

  /** Whether the sources have not been accepted yet since the process started. */
  get isFallback(): boolean {
    return this.#isFallback;
  }

  /** Reads all sources and takes over what changed. */
  async reload(command: ReloadCommand): Promise<Ending> {
    const attempt = this.#begin(command, "read");
    const { core } = this.#options;
    const { states } = this.#current.origin;
    const overrides = overridesOf(states) ?? core.initialOverrides();
    const { signal } = command;
    const isBoot = this.#isFallback;
    const previous = isBoot ? [] : states;
    const read = await core.read(this.#sources, { previous, isBoot, overrides, signal });
    const delivered = { ...attempt, delivered: read.states, failures: read.failures };
    if (read.failures.length > 0) return this.#rejectUnread(delivered, read);
    attempt.times.enter("compare");
    const held = command.ignoreHolds
      ? { states: read.states, holds: [] }
      : applyHolds(read.states, this.#holds);
    if (!isBoot && !command.refreshSecrets && (await this.#isUnchanged(held.states))) {
      this.#holds = held.holds;
      this.#refresh({ states: held.states });
      return this.#unchanged(delivered);
    }
    const ending = await this.#tryStates(held.states, held.holds, delivered);
    if (ending.result.status !== "rejected") this.#isFallback = false;
    return ending;
  }

  /** Puts values over the overrides; the other sources are not read again. */
  async set(patch: unknown, command: Command): Promise<Ending> {
    const attempt = this.#begin({ ...command, refreshSecrets: false, ignoreHolds: false });
    const { clock } = this.#options;
    const at = new Date(clock.now()).toISOString();
    const { actor } = command;
    const position: Position = { kind: "override", at, ...(actor === undefined ? {} : { actor }) };
    let located: Located;
    try {
      located = locateOverrides(patch, position);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return this.#reject(attempt, "parse", [overridesFinding(error, position)]);
    }
    const states = this.#current.origin.states.map((state): SourceState => {
      const body = state.content?.body;
      if (state.content === undefined || body?.type !== "overrides") return state;
      this.#overrideChanges++;
      const hash = `change ${this.#overrideChanges}`;
      const patches = [...body.patches, located];
      return { ...state, content: { ...state.content, hash, body: { ...body, patches } } };
    });
    return await this.#tryStates(states, this.#holds, { ...attempt, delivered: states });
  }

  /**
   * Goes back to what a kept version was made of, validated again, as a new version; what is rolled
   * away is on hold.
   *
   * @throws {RollbackError} where the history has no such version
   */
  async rollback(target: RollbackTarget, command: Command): Promise<Ending> {
    const found = this.#versionFor(target);
    const asked = { ...command, target: describeTarget(target) };
    const attempt = this.#begin({ ...asked, refreshSecrets: false, ignoreHolds: false });
    const states = await found.origin.states();
    const { states: left } = this.#current.origin;
    const holds = holdsFor({
      left,
      target: states,
      holds: this.#holds,
      since: this.#lastNumber + 1,
      from: this.#current.snapshot.version,
      actor: command.actor,
    });
    return await this.#tryStates(states, holds, { ...attempt, delivered: left });
  }

  /**
   * What a change would do, up to the diff; nothing is applied.
   *
   * @throws {ConfigLoadError} where a source cannot be read
   * @throws {ConfigError} `unknown_file`, `not_a_document`
   */
  async plan(candidate: PlanCandidate, signal: AbortSignal): Promise<Plan> {
    const { core } = this.#options;
    const overrides = overridesOf(this.#current.origin.states) ?? core.initialOverrides();
    const options = { core, sources: this.#sources, overrides, signal };
    const read = await proposedStates(candidate, options);
    requireSources(read.failures);
    return await this.#propose(read.states, signal);
  }

  /**
   * What a rollback would do.
   *
   * @throws {RollbackError} where the history has no such version
   */
  async planRollback(target: RollbackTarget, command: Command): Promise<Ending> {
    const attempt = this.#begin({ ...command, refreshSecrets: false, ignoreHolds: false });
    const states = await this.#versionFor(target).origin.states();
    const plan = await this.#propose(states, command.signal);
    const { diff, report, valid, pendingRestart } = plan;
    if (!valid) return this.#reject(attempt, "rules", report.errors);
    return this.#end(attempt, { status: "unchanged", diff, restartRequired: pendingRestart.added });
  }

  async #propose(states: readonly SourceState[], signal: AbortSignal): Promise<Plan> {
    const { core, participants } = this.#options;
    const candidate = await core.build(states, {
      resolveSecrets: true,
      refreshSecrets: false,
      signal,
    });
    const { snapshot, effective } = this.#current;
    const base: PlanBase<T> = {
      config: snapshot.config,
      boot: this.#boot,
      pending: effective.pending,
      version: snapshot.version,
      participantsFor: (touches) => participants.concernedBy(touches),
    };
    return await propose(candidate, base, this.#options, signal);
  }

  #versionFor(target: RollbackTarget): KeptVersion<T> {
    const found = this.history.find(target);
    if (found !== undefined) return found;
    const message = `Version ${describeTarget(target)} not found in history`;
    throw new RollbackError("version_not_found", message);
  }

  /**
   * Lets go of what versions of the past do not need: to be called when a command is over, and its
   * effects are. Other work goes on in between.
   */
  async tidy(): Promise<void> {
    for (let work = this.#untidy.shift(); work !== undefined; work = this.#untidy.shift()) {
      await nextTurn();
      work();
    }
  }

  /** @returns whether there was a hold */
  releaseHold(source: string | undefined): boolean {
    const before = this.#holds.length;
    this.#holds = source === undefined ? [] : this.#holds.filter((hold) => hold.source !== source);
    return this.#holds.length < before;
  }

  #begin(command: ReloadCommand, stage: Stage = "parse"): Attempt {
    const { clock } = this.#options;
    const times = new StageTimes(clock, stage);
    const nothing = { delivered: [], failures: [], isTransient: false };
    return { command, startedAtMs: clock.now(), times, ...nothing };
  }

  async #isUnchanged(states: readonly SourceState[]): Promise<boolean> {
    const { core } = this.#options;
    const variable = (name: string) => core.variable(name);
    return await isUnchanged(this.#current.origin, states, { fs: core.fs, variable });
  }

  /** Stages `parse` to `finish` for these contents; `holds` take effect if they are accepted. */
  async #tryStates(
    states: readonly SourceState[],
    holds: readonly Hold[],
    attempt: Attempt,
  ): Promise<Ending> {
    const { core } = this.#options;
    const { refreshSecrets, signal } = attempt.command;
    const previous = this.#current;
    try {
      const onStage = (stage: Stage) => attempt.times.enter(stage);
      const build = { resolveSecrets: true, refreshSecrets, signal, onStage };
      const candidate = await core.build(states, build);
      const { accepted, failedStage, isTransient } = candidate;
      if (accepted === undefined) {
        return this.#reject(
          { ...attempt, isTransient },
          failedStage ?? "merge",
          errorsOf(candidate.findings),
        );
      }
      return await core.store.tryWith(candidate.backends, async () => {
        return await this.#tryCandidate({ candidate, accepted, holds }, attempt);
      });
    } catch (error) {
      if (signal.aborted || this.#current !== previous) throw error;
      return this.#reject(attempt, undefined, [defectFinding(error)]); // what is accepted stays
    } finally {
      await core.accept(this.#current.origin.backends);
    }
  }

  /** Stages `rules` to `finish`. */
  async #tryCandidate(
    { candidate, accepted, holds }: Pick<Ready<T>, "candidate" | "accepted" | "holds">,
    attempt: Attempt,
  ): Promise<Ending> {
    const { core } = this.#options;
    const { signal } = attempt.command;
    const { times } = attempt;
    const previous = this.#current;
    times.enter("rules");
    const shared = shareUnchanged(previous.snapshot.config, accepted.config);
    const config = deepFreeze(shared) as DeepReadonly<T>; // it is frozen
    const broken = await checkRules(this.#options, config, candidate, signal);
    const errors = errorsOf(broken);
    if (errors.length > 0) return this.#reject(attempt, "rules", errors);
    const { warnings } = createReport([...candidate.findings, ...broken]);

    times.enter("diff");
    const diff = diffConfigs(previous.snapshot.config, config, core.schema);
    if (diff.isEmpty) {
      this.#holds = holds;
      this.#refresh(withCompactOverrides(candidate), warnings);
      return this.#unchanged(attempt);
    }
    return await this.#swap({ candidate, accepted, config, diff, holds, warnings }, attempt);
  }

  /** Stages `prepare` to `notify`. */
  async #swap(ready: Ready<T>, attempt: Attempt): Promise<Ending> {
    const { participants, hooks } = this.#options;
    const { candidate, diff, holds } = ready;
    const previous = this.#current;
    const version = this.#toVersion(ready, attempt);
    const { snapshot } = version;
    const { signal, trigger, actor } = attempt.command;
    const context = { diff, previous: previous.snapshot, signal };
    const { times } = attempt;
    times.enter("prepare");
    const preparation = await participants.prepare(snapshot, context);
    if (preparation.type === "vetoed") {
      const { node } = this.#options.core.schema;
      const vetoes = preparation.vetoes.map((veto) => withPointer(veto, candidate, node));
      return this.#reject(attempt, "prepare", [], { vetoes, diff });
    }
    if (signal.aborted) {
      await preparation.swap.abort();
      signal.throwIfAborted();
    }
    const change = this.#toChange(version, diff, attempt);
    times.enter("audit");
    const unrecorded = await hooks.recordBefore(change);
    if (unrecorded !== undefined) {
      await preparation.swap.abort();
      const errors = [auditFinding(unrecorded)];
      return this.#reject({ ...attempt, isTransient: true }, "audit", errors, { diff });
    }
    times.enter("swap");
    this.#lastNumber = snapshot.version;
    const kept = { ...previous, origin: new KeptOrigin(previous.origin, this.#contents) };
    const takeBack = this.history.push(kept);
    this.#assign(version);
    times.enter("commit");
    const failure = await preparation.swap.commit(previous.snapshot);
    if (failure !== undefined) {
      takeBack();
      this.#assign(previous);
      return this.#reject(attempt, "commit", [], { vetoes: [failure], diff, reverted: true });
    }
    this.#holds = holds;
    this.#refresh(withCompactOverrides(candidate));
    const { origin } = this.#current;
    this.#untidy.push(() => kept.origin.shrink(origin));
    times.enter("audit");
    await hooks.recordApplied(change);
    times.enter("notify");
    hooks.applied({ from: previous.snapshot, to: snapshot, diff, trigger, actor });
    return this.#end(attempt, {
      status: "applied",
      diff,
      previousVersion: previous.snapshot.version,
    });
  }

  #toVersion({ candidate, accepted, config, warnings }: Ready<T>, attempt: Attempt): Version<T> {
    const { core, clock } = this.#options;
    const { trigger, actor } = attempt.command;
    const number = this.#lastNumber + 1;
    const about: VersionAbout = { number, acceptedAtMs: clock.now(), trigger, actor };
    const before = this.#current.effective.pending;
    return {
      snapshot: createSnapshot(config, accepted, about),
      effective: effectiveOf(this.#boot, config, { schema: core.schema, version: number, before }),
      origin: candidate,
      entry: createEntry(accepted, candidate, about),
      warnings,
    };
  }

  #toChange({ snapshot, entry }: Version<T>, diff: ConfigDiff, attempt: Attempt): AuditChange<T> {
    const { command, startedAtMs } = attempt;
    return {
      ...command,
      from: this.#current.snapshot,
      to: snapshot,
      diff,
      sources: entry.sources,
      durationMs: this.#options.clock.now() - startedAtMs,
    };
  }

  #assign(version: Version<T>): void {
    this.#current = version;
    this.#options.core.store.backends = version.origin.backends;
    this.#options.hooks.swap(version);
  }

  /** The same configuration, with what is now known of where it comes from. */
  #refresh(
    origin: Partial<Version<T>["origin"]>,
    warnings: Version<T>["warnings"] = this.#current.warnings,
  ): void {
    const { snapshot, effective, entry, origin: before } = this.#current;
    const { states, layers, merged, tree, ...rest } = { ...before, ...origin };
    const { ignored, expansions, backends } = rest;
    const kept = { states, layers, merged, tree, ignored, expansions, backends };
    this.#assign({ snapshot, effective, entry, origin: kept, warnings });
  }

  #unchanged(attempt: Attempt): Ending {
    return this.#end(attempt, { status: "unchanged" });
  }

  #rejectUnread(attempt: Attempt, { failures }: ReadResult): Ending {
    const isMalformed = failures.every(({ code }) => code === "source_malformed");
    const isTransient = failures.every((failure) => failure.isTransient);
    const errors = failures.flatMap(({ findings }) => findings);
    return this.#reject({ ...attempt, isTransient }, isMalformed ? "parse" : "read", errors);
  }

  #reject(
    attempt: Attempt,
    stage: Stage | undefined,
    errors: readonly Finding[],
    more: {
      readonly vetoes?: readonly Veto[];
      readonly diff?: ConfigDiff;
      readonly reverted?: boolean;
    } = {},
  ): Ending {
    const at = stage === undefined ? {} : { stage };
    const { help } = this.#options.core.schema;
    const explained = errors.map((error) => withHelp(error, help));
    return this.#end(attempt, { status: "rejected", ...at, errors: explained, ...more });
  }

  #end(
    { command, startedAtMs, times, delivered, failures, isTransient }: Attempt,
    outcome: Pick<ReloadResult, "status"> & Partial<ReloadResult>,
  ): Ending {
    const { version } = this.#current.snapshot;
    const holds = this.#holds.map(({ source }) => source);
    const result: ReloadResult = {
      version,
      previousVersion: version,
      diff: undefined,
      restartRequired: this.#current.effective.pending.map(({ path }) => path),
      errors: [],
      vetoes: [],
      reverted: false,
      holds,
      ...(holds.length === 0 ? {} : { holdDurable: false }),
      trigger: command.trigger,
      durationMs: this.#options.clock.now() - startedAtMs,
      ...outcome,
    };
    return { result, delivered, failures, isTransient, stages: times.read() };
  }
}

/** A candidate that nothing speaks against. */
interface Ready<T> {
  readonly candidate: Candidate<T>;
  readonly accepted: AcceptedValue<T>;
  readonly config: DeepReadonly<T>;
  readonly diff: ConfigDiff;
  readonly holds: readonly Hold[];
  readonly warnings: readonly Finding[];
}
