import type {
  CommandOptions,
  ConfigManager,
  ExplainOptions,
  ManagerStatus,
  ReloadOptions,
  RollbackOptions,
} from "../config-manager.ts";
import type { ConfigDiff } from "../diff/config-diff.ts";
import type { DoctorFinding } from "../doctor/doctor-finding.ts";
import { ConfigError } from "../errors.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { History, RollbackTarget } from "../history/history.ts";
import type {
  ConfigNotification,
  Listener,
  Snapshot,
  SubscribeOptions,
} from "../notify/notification.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlanCandidate } from "../plan/proposed-states.ts";
import type { ReloadParticipant } from "../reload/participants.ts";
import type { ReloadResult } from "../reload/reload-result.ts";
import type { ConfigPath, DeepPartial, DeepReadonly } from "../schema/config-types.ts";
import type { RevealOptions } from "../values/secret-ref.ts";
import type { Subscription } from "../values/subscription.ts";
import { type Assembled, assemble, type LiveParts } from "./assemble.ts";
import type { SelectListener, Selector } from "./listeners.ts";

/** What a manager ends with itself, beside what it is assembled of. */
type Owned<T> = Pick<LiveParts<T>, "core" | "audit" | "reports">;

/** The one implementation of {@link ConfigManager}. */
export class LiveConfig<T> implements ConfigManager<T> {
  readonly events: EventTarget;
  readonly #parts: Assembled<T>;
  readonly #owned: Owned<T>;
  readonly #hearsSignals: boolean;
  readonly #stopping = new AbortController();
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: LiveParts<T>) {
    const { core, audit, reports, options } = parts;
    this.#parts = assemble(parts, this.#stopping.signal);
    this.#owned = { core, audit, reports };
    this.#hearsSignals = options.signals === true;
    this.events = this.#parts.announcements.events;
  }

  current(): DeepReadonly<T> {
    return this.#parts.served.config;
  }

  effective(): DeepReadonly<T> {
    return this.#parts.served.effective;
  }

  snapshot(): Snapshot<T> {
    return this.#parts.served.pinned;
  }

  runWithSnapshot<R>(fn: () => R): R {
    return this.#parts.served.pin(fn);
  }

  get version(): number {
    return this.#parts.served.snapshot.version;
  }

  get checksum(): string {
    return this.#parts.served.snapshot.checksum;
  }

  get history(): History {
    return this.#parts.reloader.history;
  }

  get status(): ManagerStatus {
    return this.#parts.state.status;
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
    return this.#parts.listeners.subscribe(listener, options);
  }

  changes(
    options: SubscribeOptions & { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<ConfigNotification<T>> {
    const { signal, ...rest } = options;
    const stopping = this.#stopping.signal;
    const ended = signal === undefined ? stopping : AbortSignal.any([stopping, signal]);
    return this.#parts.listeners.changes(rest, ended);
  }

  select<V>(
    selector: Selector<T, V>,
    listener: SelectListener<T, V>,
    options: SubscribeOptions = {},
  ): Subscription {
    return this.#parts.listeners.select(selector, listener, options);
  }

  addParticipant(participant: ReloadParticipant<T>): Subscription {
    return this.#parts.participants.add(participant);
  }

  async reload(options: ReloadOptions = {}): Promise<ReloadResult> {
    return (await this.#parts.commands.reload("api", options)).result;
  }

  async set(patch: DeepPartial<T>, options: CommandOptions = {}): Promise<ReloadResult> {
    return (await this.#parts.commands.set(patch, options)).result;
  }

  async rollback(target: RollbackTarget, options: RollbackOptions = {}): Promise<ReloadResult> {
    return (await this.#parts.commands.rollback(target, options)).result;
  }

  async releaseHold(source?: string, options: CommandOptions = {}): Promise<ReloadResult> {
    return (await this.#parts.commands.releaseHold(source, options)).result;
  }

  explain(path: ConfigPath, options: ExplainOptions = {}): Explanation {
    return this.#parts.answers.explain(path, options);
  }

  async plan(candidate: PlanCandidate = {}): Promise<Plan> {
    return await this.#parts.reloader.plan(candidate, this.#stopping.signal);
  }

  diff(from: RollbackTarget | "current", to: RollbackTarget | "current"): ConfigDiff {
    return this.#parts.answers.diff(from, to);
  }

  async resolveSecrets(
    path: ConfigPath = "",
    options: RevealOptions = {},
  ): Promise<ReadonlyMap<ConfigPath, string>> {
    return await this.#parts.answers.resolveSecrets(path, options);
  }

  async doctor(): Promise<readonly DoctorFinding[]> {
    return await this.#parts.answers.doctor();
  }

  metrics(): string {
    return this.#parts.answers.metrics(this.status);
  }

  async #start(): Promise<void> {
    const { state, hangup, watching } = this.#parts;
    const stopping = this.#stopping.signal;
    if (stopping.aborted) return;
    if (this.#hearsSignals) hangup.listen(); // before the status says so: a signal may follow at once
    await state.keep();
    if (stopping.aborted) return;
    this.#tellFallback();
    await watching.start();
  }

  /** In a later turn: who waits for the start may listen first. */
  #tellFallback(): void {
    const { fallback, announcements } = this.#parts;
    if (fallback === undefined) return;
    const { runsOn, refusal } = fallback;
    setImmediate(() => announcements.emit("boot_from_last_known_good", { runsOn, ...refusal }));
  }

  async #stop(): Promise<void> {
    const { reloader, rotations, listeners, state, commands, hangup, watching } = this.#parts;
    this.#stopping.abort(new ConfigError("stopped", "the manager is stopped"));
    // From the last to the first; what fails to end does not keep the others from it.
    await using owned = new AsyncDisposableStack();
    owned.use(this.#owned.core);
    owned.use(this.#owned.audit);
    for (const { supply } of reloader.sources) {
      if (supply.type !== "overrides") owned.use(supply.source);
    }
    owned.use(this.#owned.reports);
    owned.use(rotations);
    owned.defer(() => listeners.end());
    owned.use(hangup); // until the status says so a signal may come, and would end the process
    owned.defer(() => state.write());
    owned.defer(() => commands.idle());
    owned.use(watching);
  }
}
