import { drawOf, type Health, type Load, policiesFor, type RouteState } from "@llmcfg/gateway";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";

/** How one call to a deployment ended, as far as its breaker cares. */
export type CallEnd =
  | { readonly type: "answered" }
  | { readonly type: "failed" }
  | { readonly type: "rate_limited"; readonly retryAfterMs: number | undefined }
  | { readonly type: "no_fault" };

/** One call that is under way. */
export interface OpenCall {
  /** The first byte of the answer has come. */
  firstByte(): void;
  /** Once. */
  end(end: CallEnd): void;
}

/**
 * How the deployments do, and how busy they are: what the router wants to know beside the
 * configuration.
 *
 * The breaker goes by consecutive failures. Open, it waits `open_duration`, then lets one call
 * through at a time; the wait doubles up to `max_open_duration` each time that one fails.
 */
export class DeploymentHealth {
  readonly #records = new Map<string, DeploymentRecord>();
  /** By model: what makes `round_robin` take turns. */
  readonly #turns = new Map<string, number>();
  readonly #nowMs: () => number;

  /** @param nowMs milliseconds since 1970 */
  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** What the router sees of it, for one request for the model. */
  routeState({ version }: GatewaySnapshot, model: string): RouteState {
    const turn = this.#turns.get(model) ?? 0;
    if (this.#turns.size > MAX_MODELS) this.#turns.clear(); // names come from callers
    this.#turns.set(model, turn + 1);
    const nowMs = this.#nowMs();
    return {
      now: new Date(nowMs),
      draw: drawOf(turn),
      configVersion: version,
      health: (...names) => this.#record(names).health(nowMs),
      load: (...names) => this.#record(names).load,
    };
  }

  /** Counts a call from now on, by the policies of the snapshot. */
  begin({ config }: GatewaySnapshot, provider: string, model: string): OpenCall {
    const record = this.#record([provider, model]);
    const { circuit_breaker: policy } = policiesFor(config, provider, model);
    const startedMs = this.#nowMs();
    record.begin(startedMs);
    return {
      firstByte: () => record.measure(this.#nowMs() - startedMs),
      end: (end) => record.end(end, { policy, nowMs: this.#nowMs() }),
    };
  }

  #record(names: readonly string[]): DeploymentRecord {
    const key = JSON.stringify(names);
    const known = this.#records.get(key);
    if (known !== undefined) return known;
    if (this.#records.size > MAX_MODELS) this.#records.clear();
    const record = new DeploymentRecord();
    this.#records.set(key, record);
    return record;
  }
}

/** Names that a wildcard serves are the callers' choice: memory must not grow with them. */
const MAX_MODELS = 10_000;

/** How much a new measurement weighs against those before it. */
const SMOOTHING = 0.2;

type BreakerPolicy = ReturnType<typeof policiesFor>["circuit_breaker"];

class DeploymentRecord {
  #inFlight = 0;
  #latencyMs = 0;
  #failures = 0;
  #openUntilMs = 0;
  /** 0 while the breaker is closed. */
  #waitMs = 0;
  #isProbed = false;

  get load(): Load {
    return { inFlight: this.#inFlight, latencyMs: this.#latencyMs, usage: 0, throughput: 0 };
  }

  health(nowMs: number): Health {
    if (nowMs < this.#openUntilMs) return "down";
    if (this.#waitMs === 0) return "up";
    return this.#isProbed ? "down" : "probing";
  }

  begin(nowMs: number): void {
    this.#inFlight++;
    if (this.health(nowMs) === "probing") this.#isProbed = true;
  }

  measure(latencyMs: number): void {
    const weight = this.#latencyMs === 0 ? 1 : SMOOTHING;
    this.#latencyMs += weight * (latencyMs - this.#latencyMs);
  }

  end(end: CallEnd, { policy, nowMs }: { readonly policy: BreakerPolicy; readonly nowMs: number }) {
    this.#inFlight--;
    this.#isProbed = false;
    if (end.type === "no_fault") return;
    if (end.type === "answered") {
      this.#failures = 0;
      this.#waitMs = 0;
      return;
    }
    if (!policy.enabled) return;
    if (end.type === "rate_limited" && policy.rate_limited_action !== "count") {
      if (policy.rate_limited_action === "ignore") return;
      this.#openUntilMs = nowMs + (end.retryAfterMs ?? policy.open_duration.ms);
      return;
    }
    this.#failures++;
    const limit = policy.consecutive_failures;
    const mustOpen = this.#waitMs > 0 || (limit !== null && this.#failures >= limit);
    if (mustOpen) this.#open(policy, nowMs);
  }

  #open(policy: BreakerPolicy, nowMs: number): void {
    const doubled = this.#waitMs === 0 ? policy.open_duration.ms : 2 * this.#waitMs;
    this.#waitMs = Math.min(doubled, policy.max_open_duration.ms);
    this.#openUntilMs = nowMs + this.#waitMs;
  }
}
