import { isLlmcfgError, type Revision } from "@llmcfg/core";
import type { HealthBody, HealthCheckBody } from "@llmcfg/protocol";
import type { Clock } from "../modules/configs/ports.ts";

/** What a part answered. */
export interface HealthFinding {
  readonly status: HealthCheckBody["status"];
  /** For those who may see it; without secrets. */
  readonly detail?: string;
  /** Of the tenant, from the part that knows. */
  readonly revision?: Revision;
}

/** A part that is asked how it is. */
export interface HealthCheck {
  readonly name: string;
  /** Whether there is no serving without it. */
  readonly isVital?: boolean;
  /** Asks it; to throw, or not to answer in time, means that it is down. */
  readonly ask: (signal: AbortSignal) => Promise<HealthFinding>;
  /** How long a good answer counts, and how long another one: what asking costs is bounded. */
  readonly freshMs: number;
  readonly freshWhileBadMs: number;
}

export interface HealthOptions {
  readonly version: string;
  readonly region: string;
  /** In the order in which they are shown. */
  readonly checks: readonly HealthCheck[];
  readonly isDraining: () => boolean;
  readonly clock: Clock;
  /** Milliseconds on a clock that never goes back. Default: that of the process. */
  readonly monotonicMs?: () => number;
  /** After this a part that does not answer counts as down. Default: 2 s. */
  readonly timeoutMs?: number;
}

interface Known extends HealthFinding {
  readonly askedAtMs: number;
  readonly latencyMs: number;
  /** On the wall clock: since when it has this status. */
  readonly sinceMs: number;
}

const TIMEOUT_MS = 2_000;

/**
 * How the server is, by asking its parts when somebody wants to know.
 *
 * `unavailable` while it drains or a vital part is down, `degraded` while anything else is not as
 * it should be. However many ask, a part is asked once at a time, and not again while its last
 * answer counts.
 */
export class Health {
  readonly #options: Required<HealthOptions>;
  readonly #startedAtMs: number;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<Known>>();
  /** The last one that was heard of. */
  #revision = 0;

  constructor(options: HealthOptions) {
    const defaults = { monotonicMs: () => performance.now(), timeoutMs: TIMEOUT_MS };
    this.#options = { ...defaults, ...options };
    this.#startedAtMs = this.#options.monotonicMs();
  }

  /** Everything there is to say; most of it is not for everybody. Never rejects. */
  async report(): Promise<HealthBody> {
    const { version, region, checks, monotonicMs } = this.#options;
    const known = await Promise.all(
      checks.map(async (check) => ({ check, state: await this.#stateOf(check) })),
    );
    return {
      status: this.#statusOf(known),
      version,
      revision: this.#revision,
      region,
      role: "primary",
      uptimeSeconds: Math.floor((monotonicMs() - this.#startedAtMs) / 1_000),
      checks: known.map(({ check, state }) => toCheckBody(check.name, state)),
    };
  }

  #statusOf(
    known: readonly { readonly check: HealthCheck; readonly state: Known }[],
  ): HealthBody["status"] {
    const isDown = known.some(({ check, state }) => check.isVital && state.status === "down");
    if (isDown || this.#options.isDraining()) return "unavailable";
    return known.every(({ state }) => isGood(state)) ? "ok" : "degraded";
  }

  async #stateOf(check: HealthCheck): Promise<Known> {
    const known = this.#known.get(check.name);
    if (known !== undefined && this.#counts(check, known)) return known;
    const running = this.#asking.get(check.name);
    if (running !== undefined) return await running;
    const asking = this.#ask(check).finally(() => this.#asking.delete(check.name));
    this.#asking.set(check.name, asking);
    return await asking;
  }

  #counts({ freshMs, freshWhileBadMs }: HealthCheck, known: Known): boolean {
    const ageMs = this.#options.monotonicMs() - known.askedAtMs;
    return ageMs < (isGood(known) ? freshMs : freshWhileBadMs);
  }

  async #ask(check: HealthCheck): Promise<Known> {
    const { monotonicMs, clock } = this.#options;
    const startedAtMs = monotonicMs();
    const finding = await this.#askInTime(check);
    const askedAtMs = monotonicMs();
    this.#revision = finding.revision ?? this.#revision;
    const before = this.#known.get(check.name);
    const sinceMs = before?.status === finding.status ? before.sinceMs : clock.nowMs();
    const known = { ...finding, askedAtMs, latencyMs: askedAtMs - startedAtMs, sinceMs };
    this.#known.set(check.name, known);
    return known;
  }

  async #askInTime({ ask }: HealthCheck): Promise<HealthFinding> {
    const { timeoutMs } = this.#options;
    const late = new AbortController();
    const { promise: overdue, resolve } = Promise.withResolvers<HealthFinding>();
    const timer = setTimeout(() => {
      resolve({ status: "down", detail: `there was no answer within ${timeoutMs} ms` });
      late.abort();
    }, timeoutMs);
    try {
      return await Promise.race([ask(late.signal).catch(toFinding), overdue]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function isGood({ status }: HealthFinding): boolean {
  return status === "ok" || status === "disabled";
}

/** Our own messages hold no secret; those of others may. */
function toFinding(error: unknown): HealthFinding {
  const detail = isLlmcfgError(error) ? error.message : "asking it failed unexpectedly";
  return { status: "down", detail };
}

function toCheckBody(name: string, { status, detail, latencyMs, sinceMs }: Known): HealthCheckBody {
  return {
    name,
    status,
    latencyMs: Math.round(latencyMs * 1_000) / 1_000,
    detail: detail ?? null,
    since: new Date(sinceMs).toISOString(),
  };
}
