import { AsyncLocalStorage } from "node:async_hooks";
import { LiveAudit } from "../audit/live-audit.ts";
import type { ManagerAudit } from "../audit/manager-audit.ts";
import type { Clock } from "../clock.ts";
import type {
  CommandOptions,
  ConfigManager,
  ExplainOptions,
  ManagerOptions,
  ManagerStatus,
  ReloadOptions,
  RollbackOptions,
} from "../config-manager.ts";
import { isEqual } from "../diff/compare-values.ts";
import type { ConfigDiff } from "../diff/config-diff.ts";
import { diffConfigs } from "../diff/diff-configs.ts";
import { valueAt } from "../diff/value-at.ts";
import type { DoctorFinding } from "../doctor/doctor-finding.ts";
import { ConfigError, RollbackError } from "../errors.ts";
import type { Explanation } from "../explain/explanation.ts";
import { describeTarget, type History, type RollbackTarget } from "../history/history.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import type { SourceState } from "../load/source-state.ts";
import { iterateChanges } from "../notify/changes.ts";
import type {
  ConfigNotification,
  Listener,
  Snapshot,
  SubscribeOptions,
} from "../notify/notification.ts";
import { Subscribers } from "../notify/subscribers.ts";
import { toNotification, toReplay } from "../notify/to-notification.ts";
import { parseConfigPath } from "../paths/config-path.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlanCandidate } from "../plan/proposed-states.ts";
import { revealHandles } from "../references/reveal-handles.ts";
import { type Booted, describeFallback } from "../reload/boot.ts";
import type { AppliedChange, Command, Ending } from "../reload/command.ts";
import { CommandQueue } from "../reload/command-queue.ts";
import { Participants, type ReloadParticipant } from "../reload/participants.ts";
import { type Refusal, refusalOfResult } from "../reload/refusal.ts";
import type { ReloadResult } from "../reload/reload-result.ts";
import { Reloader } from "../reload/reloader.ts";
import { reportOutcomes } from "../reload/source-outcomes.ts";
import { SourceReports } from "../reload/source-reports.ts";
import type { Trigger } from "../reload/trigger.ts";
import type { KeptVersion, Version } from "../reload/version.ts";
import type { ConfigPath, DeepPartial, DeepReadonly } from "../schema/config-types.ts";
import {
  hasHandle,
  oldestSecretSince,
  placesOf,
  type RotationPlan,
  refetch,
  rotationPlan,
} from "../secrets/rotating-secrets.ts";
import type { RotationScope } from "../secrets/rotation.ts";
import type { DurableState } from "../state/durable-state.ts";
import type { RevealOptions } from "../values/secret-ref.ts";
import type { Subscription } from "../values/subscription.ts";
import type { Outcome } from "../watch/scheduler.ts";
import type { WatchTrouble } from "../watch/watch-trouble.ts";
import { watchedFiles } from "../watch/watched-files.ts";
import { Watching } from "../watch/watching.ts";
import { examine } from "./examine.ts";
import { explainDocument } from "./explain-document.ts";
import { explainVersion } from "./explain-version.ts";
import { ManagerHealth } from "./health.ts";
import { IsolatedEvents, type ListenerOutcomes } from "./isolated-events.ts";
import { managerMetrics } from "./manager-metrics.ts";
import { ReloadCounts } from "./reload-counts.ts";
import type { ManagerSettings } from "./settings.ts";
import { StateKeeper } from "./state-keeper.ts";
import { managerStatus } from "./status.ts";

/** What a manager is made of. */
export interface LiveParts<T> {
  readonly options: ManagerOptions<T>;
  readonly core: LoaderCore<T>;
  readonly settings: ManagerSettings;
  readonly clock: Clock;
  readonly reports: SourceReports;
  readonly booted: Booted<T>;
  readonly state: DurableState<T> | undefined;
  readonly audit: ManagerAudit<T>;
}

/** The one implementation of {@link ConfigManager}. */
export class LiveConfig<T> implements ConfigManager<T> {
  readonly events: EventTarget;
  readonly #parts: LiveParts<T>;
  readonly #reloader: Reloader<T>;
  readonly #queue = new CommandQueue<Ending>();
  readonly #participants: Participants<T>;
  readonly #subscribers: Subscribers<T>;
  readonly #counts: ReloadCounts;
  readonly #health: ManagerHealth;
  readonly #keeper: StateKeeper<T>;
  readonly #audit: LiveAudit<T>;
  readonly #rotations: Subscription;
  readonly #pinned = new AsyncLocalStorage<Snapshot<T>>();
  readonly #stopping = new AbortController();
  #started: Promise<void> | undefined;
  #watching: Watching | undefined;
  #stopped: Promise<void> | undefined;
  #wasDegraded = false;
  // What is read on every request lies here, one field each.
  #config: DeepReadonly<T>;
  #effective: DeepReadonly<T>;
  #snapshot: Snapshot<T>;

  constructor(parts: LiveParts<T>) {
    const { options, core, settings, clock, booted, state, audit } = parts;
    const { snapshot, effective, origin } = booted.first;
    this.#parts = parts;
    this.#config = snapshot.config;
    this.#effective = effective.config;
    this.#snapshot = snapshot;
    this.#counts = new ReloadCounts(clock.now());
    this.#health = new ManagerHealth(origin.states);
    this.#keeper = new StateKeeper({ state, hearsSignals: options.signals === true });
    this.events = new IsolatedEvents(this.#listenerOutcomes());
    this.#participants = new Participants({
      clock,
      prepareTimeoutMs: settings.prepareTimeoutMs,
      onVeto: (participant) => this.#counts.veto(participant),
    });
    this.#subscribers = this.#createSubscribers();
    this.#reloader = new Reloader(
      {
        core,
        clock,
        rules: options.validator.rules,
        participants: this.#participants,
        historySize: settings.historySize,
        hooks: {
          swap: (version) => this.#swap(version),
          recordBefore: (change) => audit.beforeSwap(change),
          recordApplied: (change) => audit.applied(change),
          applied: (change) => this.#applied(change),
        },
      },
      booted,
    );
    this.#rotations = core.store.onRotated((reference) => this.#rotated(reference));
    this.#audit = this.#connectAudit();
    this.#noteState();
    this.#report({ delivered: booted.delivered, failures: [] }, booted.fallback?.refusal);
  }

  current(): DeepReadonly<T> {
    return this.#config;
  }

  effective(): DeepReadonly<T> {
    return this.#effective;
  }

  snapshot(): Snapshot<T> {
    return this.#pinned.getStore() ?? this.#snapshot;
  }

  runWithSnapshot<R>(fn: () => R): R {
    return this.#pinned.run(this.#snapshot, fn);
  }

  get version(): number {
    return this.#snapshot.version;
  }

  get checksum(): string {
    return this.#snapshot.checksum;
  }

  get history(): History {
    return this.#reloader.history;
  }

  get status(): ManagerStatus {
    return managerStatus({
      health: this.#health,
      version: this.#reloader.current,
      holds: this.#reloader.holds,
      draining: this.#participants.draining,
      durableHolds: this.#keeper.durableHolds,
      isFallback: this.#reloader.isFallback,
      watching: this.#watching,
    });
  }

  async start(): Promise<void> {
    this.#started ??= this.#start();
    await this.#started;
  }

  async stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    await this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  subscribe(listener: Listener<T>, options: SubscribeOptions = {}): Subscription {
    return this.#subscribers.add(listener, options, this.#replay());
  }

  changes(
    options: SubscribeOptions & { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<ConfigNotification<T>> {
    const { signal, ...rest } = options;
    const stopping = this.#stopping.signal;
    const ended = signal === undefined ? stopping : AbortSignal.any([stopping, signal]);
    const subscribe = (listener: Listener<T>) =>
      this.#subscribers.add(listener, { ...rest, isPatient: true }, this.#replay());
    return iterateChanges(subscribe, ended);
  }

  select<V>(
    selector: ConfigPath | ((config: DeepReadonly<T>) => V),
    listener: (next: V, previous: V, n: ConfigNotification<T>) => void | Promise<void>,
    options: SubscribeOptions = {},
  ): Subscription {
    const pick =
      typeof selector === "function"
        ? selector
        : (this.#picker(selector) as (config: DeepReadonly<T>) => V); // by path V is unknown
    const tell = async (notification: ConfigNotification<T>) => {
      const next = pick(notification.to.config);
      const previous = pick(notification.from.config);
      const { from, to, rotated } = notification;
      const isReplay = from.version === to.version && rotated === undefined;
      const isNews = isReplay || !isEqual(previous, next) || this.#holdsRotated(next, notification);
      if (isNews) await listener(next, previous, notification);
    };
    return this.#subscribers.add(tell, { ...options, hearsRotations: true }, this.#replay());
  }

  addParticipant(participant: ReloadParticipant<T>): Subscription {
    return this.#participants.add(participant);
  }

  async reload(options: ReloadOptions = {}): Promise<ReloadResult> {
    return (await this.#reload("api", options)).result;
  }

  async set(patch: DeepPartial<T>, options: CommandOptions = {}): Promise<ReloadResult> {
    const command = this.#command("set", options);
    return (await this.#run(() => this.#reloader.set(patch, command), command)).result;
  }

  async rollback(target: RollbackTarget, options: RollbackOptions = {}): Promise<ReloadResult> {
    const command = this.#command("rollback", options);
    if (options.dryRun === true) {
      return (await this.#reloader.planRollback(target, command)).result;
    }
    return (await this.#run(() => this.#reloader.rollback(target, command), command)).result;
  }

  async releaseHold(source?: string, options: CommandOptions = {}): Promise<ReloadResult> {
    const command = { ...this.#command("api", options), refreshSecrets: false, ignoreHolds: false };
    const ending = await this.#run(async () => {
      if (this.#reloader.releaseHold(source)) this.#emitHolds();
      return await this.#reloader.reload(command);
    }, command);
    return ending.result;
  }

  explain(path: ConfigPath, options: ExplainOptions = {}): Explanation {
    const { version: number, document } = options;
    if (document !== undefined) return explainDocument(path, document, this.#parts.core);
    const current = this.#reloader.current;
    const isCurrent = number === undefined || number === current.snapshot.version;
    const version = isCurrent ? current : this.#versionAt({ version: number });
    const holds = isCurrent ? this.#reloader.holds : [];
    const refusal = isCurrent ? this.#health.refusal : undefined;
    return explainVersion(path, { version, core: this.#parts.core, isCurrent, holds, refusal });
  }

  async plan(candidate: PlanCandidate = {}): Promise<Plan> {
    return await this.#reloader.plan(candidate, this.#stopping.signal);
  }

  diff(from: RollbackTarget | "current", to: RollbackTarget | "current"): ConfigDiff {
    const [before, after] = [from, to].map((target) => this.#versionAt(target).snapshot.config);
    return diffConfigs(before, after, this.#parts.core.schema);
  }

  async resolveSecrets(
    path: ConfigPath = "",
    options: RevealOptions = {},
  ): Promise<ReadonlyMap<ConfigPath, string>> {
    const { tree } = this.#reloader.current.origin;
    return await revealHandles(tree, this.#parts.core.schema.node, parseConfigPath(path), options);
  }

  async doctor(): Promise<readonly DoctorFinding[]> {
    const { core, settings, options, audit } = this.#parts;
    const { path } = audit;
    return await examine({
      core,
      reloader: this.#reloader,
      watch: settings.watch,
      stateDir: options.stateDir,
      written: path === undefined ? [] : [{ kind: "audit", path }],
      refusal: this.#health.refusal ?? this.#parts.booted.fallback?.refusal,
      signal: this.#stopping.signal,
    });
  }

  metrics(): string {
    const { core, audit, clock, settings } = this.#parts;
    return managerMetrics({
      counts: this.#counts,
      snapshot: this.#snapshot,
      status: this.status,
      resolutions: core.store.resolutions,
      cacheRequests: core.cacheRequests,
      oldestSecretSinceMs: oldestSecretSince(this.#reloader.current.origin.tree, core),
      auditFailures: audit.failures,
      nowMs: clock.now(),
      prefix: settings.metricsPrefix,
    });
  }

  async #start(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    await this.#keepState();
    if (this.#stopping.signal.aborted) return;
    if (this.#parts.options.signals === true) process.on("SIGHUP", this.#onSignal);
    this.#tellFallback();
    await this.#watch();
  }

  async #watch(): Promise<void> {
    const { settings, options, core, clock, booted } = this.#parts;
    if (settings.watch === undefined) return;
    this.#watching = new Watching({
      ...settings.watch,
      fs: options.fs ?? core.fs,
      clock,
      random: core.random,
      reload: (trigger) => this.#reloadBySelf(trigger),
      refetch: (scope, signal) => this.#refetch(scope, signal),
      onDeferred: (trigger) => this.#deferred(trigger),
      onTrouble: (trouble) => this.#watchTrouble(trouble),
      onRecovered: (what) => this.#watchRecovered(what),
    });
    const { origin } = this.#reloader.current;
    const secrets = this.#rotationPlan();
    const seen = watchedFiles({ ...origin, states: booted.delivered }); // as they were read
    const files = [...watchedFiles(origin), ...seen];
    await this.#watching.start(this.#reloader.sources, files, secrets);
    if (this.#isWaiting()) this.#watching.retryLater();
  }

  readonly #onSignal = (): void => {
    void this.#answerSignal().catch(() => {}); // stopped meanwhile
  };

  async #answerSignal(): Promise<void> {
    await this.#parts.audit.reopen(); // a log that was rotated by somebody else
    const { result } = await this.#reload("signal", {});
    this.#keeper.noteSignal(result, new Date(this.#parts.clock.now()));
    await this.#writeStatus();
  }

  /** What is accepted and on hold lies on disk from now on, if there is a state folder. */
  async #keepState(): Promise<void> {
    await this.#keeper.keep(this.#reloader);
    this.#noteState();
    this.#checkHealth();
    await this.#writeStatus();
  }

  async #writeStatus(): Promise<void> {
    await this.#keeper.writeStatus({
      reloader: this.#reloader,
      status: this.status,
      isStopped: this.#stopping.signal.aborted,
      now: new Date(this.#parts.clock.now()),
    });
  }

  #noteState(): void {
    const { fallback } = this.#parts.booted;
    const runsOn = this.#reloader.isFallback ? fallback : undefined;
    this.#health.note("boot", runsOn === undefined ? [] : [describeFallback(runsOn)]);
    this.#health.note("state", this.#keeper.troubles);
  }

  /** In a later turn: who waits for the start may listen first. */
  #tellFallback(): void {
    const { fallback } = this.#parts.booted;
    if (fallback === undefined) return;
    const { runsOn, refusal } = fallback;
    setImmediate(() => this.#emit("boot_from_last_known_good", { runsOn, ...refusal }));
  }

  /** Whether a source could not be asked, or none was accepted yet: it is asked again until it is. */
  #isWaiting(): boolean {
    return this.#reloader.isFallback || isIncomplete(this.#reloader.current.origin.states);
  }

  #connectAudit(): LiveAudit<T> {
    const { audit, core, clock, options } = this.#parts;
    const current = () => this.#reloader.current;
    const note = () => {
      this.#health.note("audit", audit.trouble === undefined ? [] : [audit.trouble]);
      this.#checkHealth();
    };
    const live = new LiveAudit({ audit, node: core.schema.node, clock, current });
    audit.observe({
      failed: (error) => {
        this.#emit("audit_failed", { error });
        note();
      },
      recovered: note,
    });
    if (audit.participant !== undefined) this.#participants.add(audit.participant);
    if (options.audit !== undefined) live.listenToSecrets();
    note();
    return live;
  }

  #createSubscribers(): Subscribers<T> {
    const { core, settings, clock } = this.#parts;
    return new Subscribers({
      clock,
      timeoutMs: settings.subscriberTimeoutMs,
      diff: (from, to) => diffConfigs(from, to, core.schema),
      ...this.#listenerOutcomes(),
      onSkipped: (name, count) => this.#counts.subscriberSkipped(name, count),
    });
  }

  #listenerOutcomes(): ListenerOutcomes {
    return {
      onFailure: (name) => {
        this.#counts.subscriberError(name);
        this.#health.subscriberFailed(name);
        this.#checkHealth();
      },
      onDelivered: (name) => {
        this.#health.subscriberDelivered(name);
        this.#checkHealth();
      },
    };
  }

  /** The one moment of change. */
  #swap({ snapshot, effective }: Version<T>): void {
    this.#config = snapshot.config;
    this.#effective = effective.config;
    this.#snapshot = snapshot;
  }

  #applied(change: AppliedChange<T>): void {
    const notification = toNotification(change);
    this.#subscribers.notify(notification);
    this.#emit("change", notification);
    const { pending } = this.#reloader.current.effective;
    if (notification.restartRequired && pending.length > 0)
      this.#emit("pending_restart", { pending });
    if (change.trigger === "rollback" && this.#reloader.holds.length > 0) this.#emitHolds();
  }

  /** A secret has another value; the configuration is the same. */
  #rotated(reference: string): void {
    const { core, clock } = this.#parts;
    const rotated = placesOf(this.#reloader.current.origin.tree, core.schema.node, reference);
    this.#counts.rotation("ok");
    this.#emit("secret_rotated", { reference, paths: rotated });
    this.#audit.rotated(reference, rotated);
    if (rotated.length === 0) return; // of a configuration before, or of one that is only tried
    this.#subscribers.notify({ ...this.#replay(), timestamp: new Date(clock.now()), rotated });
  }

  /** Whether a selected value is, or has in it, a handle of what has been rotated. */
  #holdsRotated(selected: unknown, { to, rotated = [] }: ConfigNotification<T>): boolean {
    const { node } = this.#parts.core.schema;
    const handles = rotated.map((path) => valueAt(to.config, parseConfigPath(path), node));
    return handles.some((handle) => hasHandle(selected, handle));
  }

  #rotationPlan(): RotationPlan {
    const { node, secrets } = this.#parts.core.schema;
    return rotationPlan(this.#reloader.current.origin.tree, node, secrets);
  }

  async #refetch(scope: RotationScope, signal: AbortSignal): Promise<void> {
    const { tree } = this.#reloader.current.origin;
    const onFailure = () => this.#counts.rotation("failed");
    await refetch(tree, this.#parts.core.schema.node, { scope, signal, onFailure });
  }

  #emitHolds(): void {
    this.#emit("hold", { holds: this.#reloader.holds.map(({ source }) => source) });
  }

  async #reload(trigger: Trigger, options: ReloadOptions): Promise<Ending> {
    const { refreshSecrets = false, ignoreHolds = false, signal } = options;
    const command = { ...this.#command(trigger, options), refreshSecrets, ignoreHolds };
    const joins = signal === undefined ? `${refreshSecrets} ${ignoreHolds}` : undefined;
    return await this.#run(() => this.#reloader.reload(command), command, joins);
  }

  /** @throws {ConfigError} `stopped` */
  async #run(work: () => Promise<Ending>, command: Command, joins?: string): Promise<Ending> {
    const { signal } = command;
    const { options } = this.#parts;
    this.#requireRunning();
    return await this.#queue.run(async () => {
      this.#requireRunning();
      signal.throwIfAborted();
      const worked = await work();
      await this.#keeper.keep(this.#reloader);
      const ending = this.#keeper.withDurability(worked);
      if (options.audit !== undefined) await this.#audit.ended(ending, command);
      await this.#finish(ending);
      await this.#reloader.tidy();
      return ending;
    }, joins);
  }

  #requireRunning(): void {
    if (this.#stopping.signal.aborted) throw new ConfigError("stopped", "the manager is stopped");
  }

  #command(trigger: Trigger, { actor, reason, signal }: CommandOptions): Command {
    const stopping = this.#stopping.signal;
    return {
      trigger,
      actor: actor ?? this.#parts.options.actor,
      reason,
      signal: signal === undefined ? stopping : AbortSignal.any([stopping, signal]),
    };
  }

  /** Stage `finish`: counts, health, events, the watch set, what sources are told. */
  async #finish(ending: Ending): Promise<void> {
    const { result, delivered, failures } = ending;
    const now = this.#parts.clock.now();
    const refusal = result.status === "rejected" ? refusalOfResult(result) : undefined;
    this.#counts.reload(ending, now);
    this.#keeper.noteResult(result, new Date(now));
    this.#noteState();
    this.#health.reloaded(result, new Date(now), refusal);
    if (failures.length === 0) this.#noteStaleness();
    if (refusal !== undefined) this.#emit("reload_failed", result);
    this.#checkHealth();
    this.#report({ delivered, failures }, refusal);
    // Also of what amounts to the same: it may be made of other files by now. A refused attempt is
    // mended in its own files, which may be others than the accepted ones.
    const refused = refusal === undefined ? undefined : { delivered, failures };
    await this.#watching?.watchFiles(watchedFiles(this.#reloader.current.origin, refused));
    if (refusal === undefined) await this.#watching?.watchSecrets(this.#rotationPlan());
    const isPassing = ending.isTransient || this.#reloader.isFallback;
    if (isPassing && !isAutomatic(result.trigger)) this.#watching?.retryLater();
    await this.#writeStatus();
  }

  #noteStaleness(): void {
    const { states } = this.#reloader.current.origin;
    const { stale, recovered } = this.#health.sourcesRead(states);
    for (const source of stale) this.#emit("source_stale", { source });
    for (const source of recovered) this.#emit("source_recovered", { source });
  }

  #report(
    { delivered, failures }: Pick<Ending, "delivered" | "failures">,
    refusal: Refusal | undefined,
  ): void {
    const { sources, holds, current } = this.#reloader;
    const accepted = current.origin.states;
    reportOutcomes(this.#parts.reports, { sources, delivered, failures, accepted, holds, refusal });
  }

  async #reloadBySelf(trigger: Trigger): Promise<Outcome> {
    try {
      const { result, isTransient } = await this.#reload(trigger, {});
      if (isTransient || this.#reloader.isFallback) return "transient";
      if (this.#isWaiting() && result.status === "unchanged") return "transient";
      return result.status === "unchanged" ? "unchanged" : "changed";
    } catch {
      return "transient"; // stopped, or a defect: what is accepted serves on
    }
  }

  #deferred(trigger: Trigger): void {
    this.#counts.deferred(trigger);
    this.#emit("reload_deferred", { version: this.version });
  }

  #watchTrouble(trouble: WatchTrouble): void {
    this.#health.watchTrouble(trouble);
    this.#emit("watcher", { error: trouble.error });
    this.#checkHealth();
  }

  #watchRecovered(what: string): void {
    this.#health.watchRecovered(what);
    this.#checkHealth();
  }

  #checkHealth(): void {
    const reasons = this.#health.reasons;
    const isNews = reasons.length > 0 && !this.#wasDegraded;
    this.#wasDegraded = reasons.length > 0; // before anybody hears of it, who may fail in turn
    if (isNews) this.#emit("degraded", { reasons });
  }

  #emit(name: string, detail: unknown): void {
    this.events.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #replay(): ConfigNotification<T> {
    const { snapshot, entry } = this.#reloader.current;
    return toReplay(snapshot, entry.trigger, this.#parts.core.schema);
  }

  #picker(path: ConfigPath): (config: DeepReadonly<T>) => unknown {
    const segments = parseConfigPath(path);
    const { node } = this.#parts.core.schema;
    return (config) => valueAt(config, segments, node);
  }

  /** @throws {RollbackError} where the history has no such version */
  #versionAt(target: RollbackTarget | "current"): Version<T> | KeptVersion<T> {
    const { current, history } = this.#reloader;
    if (target === "current") return current;
    if (typeof target === "object" && "version" in target && target.version === this.version)
      return current;
    const found = history.find(target);
    if (found !== undefined) return found;
    const message = `Version ${describeTarget(target)} not found in history`;
    throw new RollbackError("version_not_found", message);
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new ConfigError("stopped", "the manager is stopped"));
    process.off("SIGHUP", this.#onSignal);
    // From the last to the first; what fails to end does not keep the others from it.
    await using owned = new AsyncDisposableStack();
    owned.use(this.#parts.core);
    owned.use(this.#parts.audit);
    for (const { supply } of this.#reloader.sources) {
      if (supply.type !== "overrides") owned.use(supply.source);
    }
    owned.use(this.#parts.reports);
    owned.use(this.#rotations);
    owned.defer(() => this.#subscribers.end());
    owned.defer(() => this.#writeStatus());
    owned.defer(() => this.#queue.idle());
    owned.use(this.#watching);
  }
}

/** Whether a source could not be asked: it is asked again until it answers. */
function isIncomplete(states: readonly SourceState[]): boolean {
  return states.some(({ condition }) => condition === "unreachable" || condition === "unreadable");
}

function isAutomatic(trigger: Trigger): boolean {
  return ["file", "poll", "remote", "kubernetes", "retry"].includes(trigger);
}
