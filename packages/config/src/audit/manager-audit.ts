import type { Clock } from "../clock.ts";
import { withTimeout } from "../concurrency.ts";
import type { ConfigError } from "../errors.ts";
import type { Snapshot } from "../notify/notification.ts";
import type { ReloadParticipant } from "../reload/participants.ts";
import type { AuditSetting, WantedAudit } from "./audit-setting.ts";
import { wantedOf } from "./audit-setting.ts";
import type { AuditDraft } from "./audit-sink.ts";
import { AuditTrail } from "./audit-trail.ts";
import { type AuditChange, changeDraft } from "./records.ts";

export interface ManagerAuditOptions<T> {
  readonly setting: AuditSetting<T> | undefined;
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
}

/** Who hears of the state of the trail. */
export interface AuditObserver {
  readonly failed: (error: Error) => void;
  readonly recovered: () => void;
}

/** What takes the place of the trail that runs, once its change is recorded. */
interface NextTrail {
  readonly trail: AuditTrail | undefined;
  readonly wanted: WantedAudit | undefined;
}

/** How long a change waits for its record where that is not required. */
const MAX_WAIT_MS = 2_000;

/**
 * The audit trail of one manager: which sink it goes into, and what waits for it.
 *
 * Where the configuration names the sink it is replaced as any other resource is: opened beside the
 * one that runs, and taken over with the change, which is recorded in both (AUD-11).
 */
export class ManagerAudit<T> implements AsyncDisposable {
  readonly #options: ManagerAuditOptions<T>;
  #active: AuditTrail | undefined;
  #next: NextTrail | undefined;
  /** Trails that hold the record of the change under way already. */
  #written = new Set<AuditTrail>();
  #observer: AuditObserver | undefined;
  #failures = 0;
  #trouble: string | undefined;
  readonly #closing = new Set<Promise<void>>();

  constructor(options: ManagerAuditOptions<T>) {
    this.#options = options;
  }

  /** Failures so far, of records and of what a sink does by itself. */
  get failures(): number {
    return this.#failures;
  }

  /** What is wrong now, in one sentence. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** The file that records go into, if it is one. */
  get path(): string | undefined {
    return this.#active?.path;
  }

  get isOn(): boolean {
    return this.#active !== undefined;
  }

  observe(observer: AuditObserver): void {
    this.#observer = observer;
  }

  /**
   * Opens the sink that the first configuration names.
   *
   * @throws {ConfigError} where it is required and cannot be opened or written
   */
  async begin(first: Snapshot<T>, loaded: AuditDraft): Promise<void> {
    const { setting } = this.#options;
    const wanted = setting === undefined ? undefined : wantedOf(setting, first.config);
    if (wanted === undefined) return;
    const trail = this.#trailOf(wanted);
    this.#active = trail;
    if (!wanted.required) return await this.#inTime(trail.record(loaded));
    try {
      await trail.require(loaded);
    } catch (error) {
      this.#active = undefined;
      if (setting !== undefined && "wanted" in setting) await trail[Symbol.asyncDispose]();
      throw error; // a sink that was handed over stays the caller's
    }
  }

  /** Records what a manager has to say that is never made. The sink stays open: it is the caller's. */
  async recordOnly(draft: AuditDraft): Promise<void> {
    const { setting } = this.#options;
    if (setting === undefined || "wanted" in setting) return;
    const { sink } = "sink" in setting ? setting : { sink: setting };
    const wanted = { required: true, records: () => true, open: async () => sink };
    await this.#inTime(this.#trailOf(wanted).record(draft));
  }

  /** Joins the two-phase swap where the configuration names the sink. */
  get participant(): ReloadParticipant<T> | undefined {
    const { setting } = this.#options;
    if (setting === undefined || !("wanted" in setting)) return undefined;
    return {
      name: "audit",
      paths: [setting.path],
      prepare: async (candidate, { diff }) => {
        const next = await this.#prepare(candidate, diff.touches(setting.output));
        this.#next = next;
        return { commit: () => {}, abort: () => this.#forget(next) };
      },
      revert: async () => {
        if (this.#next !== undefined) await this.#forget(this.#next);
      },
    };
  }

  /**
   * Stage `audit`: resolves once the record of the change is durable wherever that is required.
   *
   * @returns why it is not; then the change must not happen
   */
  async beforeSwap(change: AuditChange<T>): Promise<ConfigError | Error | undefined> {
    const draft = this.#draftOf(change);
    this.#written = new Set();
    try {
      for (const trail of this.#trails()) {
        if (!this.#isRequired(trail)) continue;
        await trail.require(draft);
        this.#written.add(trail);
      }
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error("the audit sink failed");
    }
  }

  /** The change has happened and stays: it is recorded where it is not yet, and the sink replaced. */
  async applied(change: AuditChange<T>): Promise<void> {
    const draft = this.#draftOf(change);
    const open = this.#trails().filter((trail) => !this.#written.has(trail));
    this.#written = new Set();
    const recorded = open.map((trail) => trail.record(draft));
    this.#takeOver();
    if (recorded.length > 0) await this.#inTime(Promise.all(recorded));
  }

  /** Records what makes no version. Settles once it is written or has failed; never rejects. */
  async record(draft: AuditDraft): Promise<void> {
    if (this.#active !== undefined) await this.#inTime(this.#active.record(draft));
  }

  async reopen(): Promise<void> {
    await this.#active?.reopen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#next !== undefined) await this.#forget(this.#next);
    const active = this.#active;
    this.#active = undefined;
    await Promise.allSettled([...this.#closing, active?.[Symbol.asyncDispose]()]);
  }

  async #prepare(candidate: Snapshot<T>, isOtherOutput: boolean): Promise<NextTrail> {
    const { setting } = this.#options;
    const wanted = setting === undefined ? undefined : wantedOf(setting, candidate.config);
    if (wanted === undefined) return { trail: undefined, wanted };
    if (this.#active !== undefined && !isOtherOutput) return { trail: this.#active, wanted };
    const trail = this.#trailOf(wanted);
    try {
      await trail.open();
      return { trail, wanted };
    } catch (error) {
      await trail[Symbol.asyncDispose]();
      throw error;
    }
  }

  #takeOver(): void {
    const next = this.#next;
    if (next === undefined) return;
    this.#next = undefined;
    const before = this.#active;
    this.#active = next.trail;
    if (next.trail !== undefined && next.wanted !== undefined) next.trail.settings = next.wanted;
    if (before === undefined || before === next.trail) return;
    this.#trouble = undefined; // whatever it was, it was the old one's
    const closing = before[Symbol.asyncDispose]().catch(() => {}); // it has written what it could
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }

  async #forget(next: NextTrail): Promise<void> {
    if (this.#next === next) this.#next = undefined;
    if (next.trail !== this.#active) await next.trail?.[Symbol.asyncDispose]();
  }

  /** The one that runs, and the one that takes its place. */
  #trails(): readonly AuditTrail[] {
    const trails = [this.#active, this.#next?.trail].filter((trail) => trail !== undefined);
    return [...new Set(trails)];
  }

  #isRequired(trail: AuditTrail): boolean {
    const isNext = this.#next?.trail === trail && this.#next.wanted?.required === true;
    return trail.settings.required || isNext;
  }

  #draftOf(change: AuditChange<T>): AuditDraft {
    return changeDraft(change, this.#options.clock.now());
  }

  #trailOf(wanted: WantedAudit): AuditTrail {
    const { clock, random } = this.#options;
    const trail: AuditTrail = new AuditTrail({
      open: wanted.open,
      settings: wanted,
      clock,
      random,
      onFailure: (error) => this.#failed(trail, error),
      onRecovered: () => this.#recovered(trail),
    });
    return trail;
  }

  #failed(trail: AuditTrail, error: Error): void {
    this.#failures++;
    if (trail === this.#active)
      this.#trouble = `the audit trail cannot be written: ${error.message}`;
    this.#observer?.failed(error);
  }

  #recovered(trail: AuditTrail): void {
    if (trail === this.#active) this.#trouble = undefined;
    this.#observer?.recovered();
  }

  async #inTime(work: Promise<unknown>): Promise<void> {
    const { clock } = this.#options;
    await withTimeout(work, { clock, ms: MAX_WAIT_MS, late: () => undefined });
  }
}
