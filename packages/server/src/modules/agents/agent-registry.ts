import { formatTime, type Revision } from "@llmcfg/core";
import type { AgentBody, AgentPoint, AgentReport, AgentSync } from "@llmcfg/protocol";
import type { Clock } from "../configs/ports.ts";
import type { Caller } from "../policy/ports.ts";
import type { BundleFollower, FollowedBundle } from "../watch/ports.ts";

/** After this without a report an agent's state is not known any more. */
const LEASE_MS = 45_000;
/** After this it is dropped from totals. */
const FORGET_MS = 24 * 60 * 60 * 1_000;
/** How many propagation times are kept for the percentiles. */
const MAX_TIMES = 4_096;

export interface RegistryDeps {
  readonly follower: BundleFollower;
  readonly clock: Clock;
}

/** An agent as the server knows it. */
interface KnownAgent {
  readonly id: string;
  readonly tenant: string;
  report: AgentReport;
  followed: FollowedBundle;
  scopeKey: string;
  lastError: AgentReport["lastError"];
  lastContactAtMs: number;
}

/** What a report changed, for the record. */
export interface ReportOutcome {
  readonly body: AgentBody;
  readonly isNew: boolean;
  /** A revision that was refused and had not been reported as refused before. */
  readonly refused: NonNullable<AgentReport["lastError"]> | undefined;
}

/**
 * The consumers of each tenant, by their last reports.
 *
 * Kept in memory: agents report every 15 s, so a server that starts anew knows them all within
 * that time. What an agent *should* have comes from the watch hub, as the agent itself may see it.
 */
export class AgentRegistry implements AsyncDisposable {
  readonly #deps: RegistryDeps;
  readonly #agents = new Map<string, KnownAgent>();
  readonly #waiting = new Set<() => void>();
  readonly #propagationSeconds: number[] = [];

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
  }

  /** @throws {LlmcfgError} `ENV_NOT_FOUND` for a scope that does not exist */
  async report(caller: Caller, id: string, report: AgentReport): Promise<ReportOutcome> {
    const { tenant } = caller;
    const nowMs = this.#deps.clock.nowMs();
    const known = this.#agents.get(keyOf(tenant, id));
    const before = known?.report.effective ?? undefined;
    const refusedBefore = known?.lastError?.revision;
    const agent = await this.#take(caller, id, known, report);
    agent.lastContactAtMs = nowMs;
    agent.lastError = lastErrorOf(agent.lastError, report);
    this.#measure(agent, before, nowMs);
    for (const wake of this.#waiting) wake();

    const isNewError = agent.lastError !== null && agent.lastError.revision !== refusedBefore;
    const refused = isNewError ? (agent.lastError ?? undefined) : undefined;
    return { body: this.#toBody(agent), isNew: known === undefined, refused };
  }

  find(tenant: string, id: string): AgentBody | undefined {
    const agent = this.#agents.get(keyOf(tenant, id));
    return agent && this.#toBody(agent);
  }

  /** Those of the last day, by id. */
  list(tenant: string): readonly AgentBody[] {
    this.#forgetOld();
    return [...this.#agents.values()]
      .filter((agent) => agent.tenant === tenant)
      .map((agent) => this.#toBody(agent))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Seconds from commit to applied, of the last reports. */
  get propagationSeconds(): readonly number[] {
    return this.#propagationSeconds;
  }

  async revision(tenant: string): Promise<Revision> {
    return await this.#deps.follower.revision(tenant);
  }

  /** Resolves at the next report, or when `signal` aborts. */
  async nextReport(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    this.#waiting.delete(resolve);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { followed } of this.#agents.values()) followed[Symbol.dispose]();
    this.#agents.clear();
  }

  async #take(
    caller: Caller,
    id: string,
    known: KnownAgent | undefined,
    report: AgentReport,
  ): Promise<KnownAgent> {
    const scopeKey = JSON.stringify([report.scope, caller.access.key]);
    if (known?.scopeKey === scopeKey) {
      known.report = report;
      return known;
    }
    const namespaces = report.scope.map(({ env, service }) => ({ env, service, prefix: "" }));
    const followed = await this.#deps.follower.follow(caller, namespaces);
    known?.followed[Symbol.dispose]();
    const agent: KnownAgent = {
      id,
      tenant: caller.tenant,
      report,
      followed,
      scopeKey,
      lastError: known?.lastError ?? null,
      lastContactAtMs: 0,
    };
    this.#agents.set(keyOf(caller.tenant, id), agent);
    return agent;
  }

  #measure(agent: KnownAgent, before: AgentPoint | undefined, nowMs: number): void {
    const { effective } = agent.report;
    if (effective === null || effective.revision === before?.revision) return;
    const state = agent.followed.at(effective.revision);
    if (state === undefined || before === undefined) return; // a first report measures nothing
    this.#propagationSeconds.push(Math.max(0, nowMs - state.changedAtMs) / 1_000);
    if (this.#propagationSeconds.length > MAX_TIMES) this.#propagationSeconds.shift();
  }

  #forgetOld(): void {
    const nowMs = this.#deps.clock.nowMs();
    for (const [key, agent] of this.#agents) {
      if (nowMs - agent.lastContactAtMs <= FORGET_MS) continue;
      agent.followed[Symbol.dispose]();
      this.#agents.delete(key);
    }
  }

  #toBody(agent: KnownAgent): AgentBody {
    const { report, followed, lastError, lastContactAtMs } = agent;
    const { revision, hash, changedAtMs } = followed.current;
    const desired = { revision, hash, at: formatTime(changedAtMs) };
    const connected = this.#deps.clock.nowMs() - lastContactAtMs <= LEASE_MS;
    const isCurrent = report.effective?.hash === hash;
    return {
      id: agent.id,
      kind: report.kind,
      node: report.node,
      region: "local",
      version: report.version,
      scope: report.scope,
      state: report.state,
      sync: connected ? syncOf(report, hash) : "Unknown",
      desired,
      attempted: report.attempted,
      effective: report.effective,
      lastError,
      lagRevisions: isCurrent ? 0 : Math.max(0, revision - (report.effective?.revision ?? 0)),
      connected,
      freshness: report.freshness,
      lastContactAt: formatTime(lastContactAtMs),
      pendingRestart: report.pendingRestart,
      labels: report.labels,
    };
  }
}

function syncOf(report: AgentReport, desiredHash: string): AgentSync {
  if (report.state === "APPLYING") return "Applying";
  if (report.effective?.hash === desiredHash) {
    return report.freshness === "FRESH" ? "Synced" : "Degraded";
  }
  const wasRefused = report.state === "FAILED" && report.attempted?.hash === desiredHash;
  return wasRefused ? "Failed" : "OutOfSync";
}

/** An error stays until something was applied since. */
function lastErrorOf(
  before: AgentReport["lastError"],
  { state, lastError }: AgentReport,
): AgentReport["lastError"] {
  return state === "APPLIED" ? lastError : (lastError ?? before);
}

function keyOf(tenant: string, id: string): string {
  return `${tenant}\n${id}`;
}
