import { LlmcfgError, type Revision } from "@llmcfg/core";
import type { AgentError, AgentReport } from "@llmcfg/protocol";
import type { Clock } from "../configs/ports.ts";
import type { Caller } from "../policy/ports.ts";
import type { BundleFollower, FollowedBundle } from "../watch/ports.ts";
import { AgentCounters } from "./counters.ts";
import { isConnected, type KnownAgent, lastErrorAfter } from "./known-agent.ts";
import { Turns } from "./turns.ts";

/** After so long without a report an agent is forgotten. */
const FORGET_MS = 24 * 60 * 60 * 1_000;
/** How often the forgetting is looked after, at most. */
const SWEEP_MS = 60_000;
/** How many agents of a tenant are known; one more takes the place of the one longest gone. */
const MAX_AGENTS = 50_000;
/** How long an agent that does not fit should wait, in seconds. */
const RETRY_AFTER = 15;

export interface RegistryDeps {
  readonly follower: BundleFollower;
  readonly clock: Clock;
  /** A clock that never goes back or jumps, in milliseconds; default: that of the process. */
  readonly monotonic?: Clock;
  /** Where this server is; default `local`. */
  readonly region?: string;
  /** Hears of each time from commit to applied, in seconds. */
  readonly onPropagation?: (seconds: number) => void;
}

/**
 * A report that is understood and not taken down yet; disposing it leaves all as it was. Until it is
 * disposed the next report of the same agent waits.
 */
export interface PreparedReport extends Disposable {
  /** The agent was not known, or its lease was over. */
  readonly isConnecting: boolean;
  /** What it refused, unless it has said so before. */
  readonly refused: AgentError | undefined;
  /** Takes it down. */
  commit(): KnownAgent;
}

/**
 * The consumers of each tenant, by their last reports.
 *
 * Kept in memory: agents report every 15 s, so a server that starts anew knows them all within
 * that time. What an agent *should* have comes from the watch hub, as the agent itself may see it.
 */
export class AgentRegistry implements AsyncDisposable {
  readonly region: string;
  readonly counters: AgentCounters = new AgentCounters();
  readonly #deps: RegistryDeps;
  readonly #monotonic: Clock;
  readonly #tenants = new Map<string, Map<string, KnownAgent>>();
  readonly #waiting = new Set<() => void>();
  readonly #turns = new Turns();
  #sweptAtMs = 0;

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
    this.#monotonic = deps.monotonic ?? { nowMs: () => performance.now() };
    this.region = deps.region ?? "local";
  }

  /** What leases are measured with. */
  get monoMs(): number {
    return this.#monotonic.nowMs();
  }

  /**
   * @throws {LlmcfgError} `POLICY_DENIED` where the agent is somebody else's, whose lease lasts;
   *   `ENV_NOT_FOUND` for a scope that does not exist; `RATE_LIMITED` where there are too many
   */
  async prepare(caller: Caller, id: string, report: AgentReport): Promise<PreparedReport> {
    using stack = new DisposableStack();
    stack.use(await this.#turns.take(JSON.stringify([caller.tenant, id])));
    const revision = await this.revision(caller.tenant);
    const known = this.find(caller.tenant, id);
    const isConnecting = known === undefined || !isConnected(known, this.monoMs);
    if (!isConnecting) requireOwner(known, caller);
    if (known === undefined) this.#requireRoom(caller.tenant);

    const connectedAt = isConnecting ? revision : known.connectedAt;
    const isSame = !isConnecting && followsSame(known, caller, report); // who is here is not forgotten
    const desired = isSame ? known.desired : await this.#follow(caller, report);
    let isTaken = false;
    stack.defer(() => {
      if (!isTaken && !isSame) desired[Symbol.dispose]();
    });
    const held = stack.move();
    return {
      isConnecting,
      refused: newRefusal(known, report),
      commit: () => {
        isTaken = true;
        const connectedAtMs = isConnecting ? this.#deps.clock.nowMs() : known.connectedAtMs;
        return this.#take(caller, { id, report, desired, connectedAt, connectedAtMs });
      },
      [Symbol.dispose]: () => held.dispose(),
    };
  }

  find(tenant: string, id: string): KnownAgent | undefined {
    this.#sweep();
    return this.#tenants.get(tenant)?.get(id);
  }

  /** Those of the last day, in no order. */
  list(tenant: string): Iterable<KnownAgent> {
    this.#sweep();
    return this.#tenants.get(tenant)?.values() ?? [];
  }

  /** The newest revision; what agents should have is as of it from then on. */
  async revision(tenant: string): Promise<Revision> {
    return await this.#deps.follower.revision(tenant);
  }

  /** Resolves at the next report, or when `signal` aborts. */
  async nextReport(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    signal.removeEventListener("abort", wake);
    this.#waiting.delete(wake);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agents of this.#tenants.values()) {
      for (const { desired } of agents.values()) desired[Symbol.dispose]();
    }
    this.#tenants.clear();
  }

  async #follow(caller: Caller, { scope }: AgentReport): Promise<FollowedBundle> {
    const namespaces = scope.map(({ env, service }) => ({ env, service, prefix: "" }));
    return await this.#deps.follower.follow(caller, namespaces);
  }

  #take(
    { tenant, actor, access }: Caller,
    taken: Pick<KnownAgent, "id" | "report" | "desired" | "connectedAt" | "connectedAtMs">,
  ): KnownAgent {
    const { id, report, desired } = taken;
    const agents = this.#tenants.get(tenant) ?? new Map<string, KnownAgent>();
    this.#tenants.set(tenant, agents);
    const before = agents.get(id);
    if (before !== undefined && before.desired !== desired) before.desired[Symbol.dispose]();

    const nowMs = this.#deps.clock.nowMs();
    const agent: KnownAgent = {
      ...taken,
      owner: actor.principal,
      accessKey: access.key,
      lastError: lastErrorAfter(before?.lastError ?? null, report),
      lastContactAtMs: nowMs,
      lastContactMonoMs: this.monoMs,
      propagation: before?.propagation,
    };
    const measured = this.#measure(agent, nowMs);
    agents.set(id, measured);
    this.counters.count(measured, before);
    for (const wake of this.#waiting) wake();
    return measured;
  }

  /**
   * Notes how long the newest bundle took to get here, once, and only for an agent that was there
   * when it was made: one that comes later was not waited for.
   */
  #measure(agent: KnownAgent, nowMs: number): KnownAgent {
    const { revision, hash, changedAtMs } = agent.desired.current;
    const isApplied = agent.report.effective?.hash === hash;
    const isMeasured = agent.propagation !== undefined && agent.propagation.revision >= revision;
    if (!isApplied || isMeasured || agent.connectedAt >= revision) return agent;
    const seconds = Math.max(0, nowMs - changedAtMs) / 1_000;
    this.#deps.onPropagation?.(seconds);
    return { ...agent, propagation: { revision, seconds } };
  }

  #sweep(): void {
    const nowMs = this.monoMs;
    if (nowMs - this.#sweptAtMs < SWEEP_MS) return;
    this.#sweptAtMs = nowMs;
    for (const agents of this.#tenants.values()) {
      for (const agent of agents.values()) {
        if (nowMs - agent.lastContactMonoMs > FORGET_MS) forget(agents, agent);
      }
    }
  }

  #requireRoom(tenant: string): void {
    const agents = this.#tenants.get(tenant);
    if (agents === undefined || agents.size < MAX_AGENTS) return;
    const [oldest] = [...agents.values()].toSorted(
      (a, b) => a.lastContactMonoMs - b.lastContactMonoMs,
    );
    if (oldest !== undefined && !isConnected(oldest, this.monoMs)) return forget(agents, oldest);
    const message = `there are ${MAX_AGENTS} agents already`;
    throw new LlmcfgError("RATE_LIMITED", message, { retryAfter: RETRY_AFTER });
  }
}

function forget(agents: Map<string, KnownAgent>, agent: KnownAgent): void {
  agent.desired[Symbol.dispose]();
  agents.delete(agent.id);
}

/** Knowing an id is not owning it: whoever reports for an agent goes on to. */
function requireOwner(known: KnownAgent, { actor }: Caller): void {
  if (known.owner === actor.principal) return;
  const [first] = known.report.scope;
  const path = first === undefined ? known.id : `${first.env}/${first.service}/**`;
  const message = `${actor.principal} does not report for the agent ${known.id}`;
  const denied = { rule: "agent-owner", permission: "agent:sync", path };
  throw new LlmcfgError("POLICY_DENIED", message, denied);
}

function followsSame(known: KnownAgent, { access }: Caller, { scope }: AgentReport): boolean {
  const isSameScope = JSON.stringify(known.report.scope) === JSON.stringify(scope);
  return isSameScope && known.accessKey === access.key;
}

function newRefusal(
  known: KnownAgent | undefined,
  { lastError }: AgentReport,
): AgentError | undefined {
  if (lastError === null) return undefined;
  const before = known?.report.lastError;
  const isSaid = before?.revision === lastError.revision && before.reason === lastError.reason;
  return isSaid ? undefined : lastError;
}
