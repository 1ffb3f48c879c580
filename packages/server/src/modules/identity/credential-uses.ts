import type { Actor, AuditRecorder } from "../audit/ports.ts";
import type { Clock, ConfigStore } from "../configs/ports.ts";

export interface CredentialUsesDeps {
  readonly recorder: Pick<AuditRecorder, "record">;
  readonly configStore: Pick<ConfigStore, "headRevision">;
  readonly clock: Clock;
  /** Hears that a use is not on record yet; requests are answered all the same. */
  readonly onFailure: (error: unknown) => void;
}

const HOUR_MS = 60 * 60 * 1_000;
const RETRY_MS = 10_000;
const MAX_KNOWN = 20_000;

/**
 * Puts on record the first use of each credential in each hour of the clock.
 *
 * Beside the request: what was used shows in the log some milliseconds later. Another process, a
 * restart, or more than 20,000 credentials in an hour may make it more than one record.
 */
export class CredentialUses implements AsyncDisposable {
  readonly #deps: CredentialUsesDeps;
  /** Until when nothing has to be recorded of a credential; the one noted longest ago comes first. */
  readonly #quietUntilMs = new Map<string, number>();
  readonly #recording = new Set<Promise<void>>();

  constructor(deps: CredentialUsesDeps) {
    this.#deps = deps;
  }

  /** Notes that somebody was let in. Reads a map, but for the first time in an hour. */
  note(tenant: string, actor: Actor): void {
    const { credential } = actor;
    if (credential === undefined) return;
    const nowMs = this.#deps.clock.nowMs();
    if (nowMs < (this.#quietUntilMs.get(credential) ?? 0)) return;
    this.#keepQuiet(credential, nowMs - (nowMs % HOUR_MS) + HOUR_MS);
    const recording = this.#record(tenant, actor, nowMs)
      .catch((error: unknown) => {
        this.#keepQuiet(credential, nowMs + RETRY_MS);
        this.#deps.onFailure(error);
      })
      .finally(() => this.#recording.delete(recording));
    this.#recording.add(recording);
  }

  /** Resolves once every use that was noted is on record, or could not be. */
  async settled(): Promise<void> {
    await Promise.all(this.#recording);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled();
  }

  async #record(tenant: string, actor: Actor, atMs: number): Promise<void> {
    const { recorder, configStore } = this.#deps;
    const revision = await configStore.headRevision(tenant);
    const event = { actor, action: "credential.use", outcome: "allowed", revision, atMs } as const;
    await recorder.record(tenant, [
      { ...event, resource: actor.credential, details: { method: actor.via } },
    ]);
  }

  #keepQuiet(credential: string, untilMs: number): void {
    this.#quietUntilMs.delete(credential);
    this.#quietUntilMs.set(credential, untilMs);
    if (this.#quietUntilMs.size <= MAX_KNOWN) return;
    const [oldest] = this.#quietUntilMs.keys();
    if (oldest !== undefined) this.#quietUntilMs.delete(oldest);
  }
}
