import type { AgentSync } from "@llmcfg/protocol";
import type { Change } from "../modules/configs/ports.ts";
import type { WatchCounters } from "../modules/watch/ports.ts";
import { type HistogramSeries, type Labels, Registry, type Series } from "./metrics.ts";

/** Where the numbers are that the text shows. */
export interface MetricsSources {
  readonly version: string;
  readonly environments: readonly string[];
  readonly readyReads: {
    readonly hits: number;
    readonly misses: number;
    readonly invalidations: number;
    readonly evictions: number;
    readonly bytes: number;
  };
  readonly watch: () => WatchCounters;
  readonly agents: () => AgentNumbers;
  readonly auditSize: () => Promise<number>;
}

/** What consumers have reported, as numbers. */
export interface AgentNumbers {
  /** One for each environment that each agent has in its scope. */
  readonly states: Iterable<{ readonly env: string; readonly sync: AgentSync }>;
  /** Refused revisions, by environment and reason. */
  readonly refusals: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly hashMismatches: number;
}

const SYNCS: readonly AgentSync[] = [
  "Synced",
  "OutOfSync",
  "Applying",
  "Failed",
  "Degraded",
  "Unknown",
];

const HOT_ROUTE = {
  http_request_method: "GET",
  http_route: "/v1/configs/:env/:service/*",
  http_response_status_code: "200",
};

/** What the server tells Prometheus. No label holds a path of a key, a user or a revision. */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #durations: HistogramSeries;
  readonly #revision: Series;
  readonly #writes: Series;
  readonly #failures: Series;
  readonly #hot: ReturnType<HistogramSeries["at"]>;
  readonly #propagation: HistogramSeries;
  readonly #auditSize: Series;
  readonly #readAuditSize: () => Promise<number>;

  constructor(sources: MetricsSources) {
    const registry = this.#registry;
    const { version, environments, readyReads, watch } = sources;
    this.#durations = registry.histogram(
      "http_server_request_duration_seconds",
      "Time from the request to the end of the answer.",
      [HOT_ROUTE],
    );
    this.#hot = this.#durations.at(HOT_ROUTE);
    this.#revision = registry.gauge(
      "llmcfg_config_revision",
      "Newest revision that wrote into the environment.",
      environments.map((env) => ({ env })),
    );
    this.#writes = registry.counter(
      "llmcfg_config_writes_total",
      "Items written, by environment.",
      environments.map((env) => ({ env, result: "ok" })),
    );
    this.#failures = registry.counter(
      "llmcfg_validation_failures_total",
      "Requests refused by a rule or a schema, by HTTP status.",
      [{ reason: "http_422" }],
    );
    registry.observed(
      "counter",
      "llmcfg_cache_requests_total",
      "Reads, by tier and result.",
      () => [
        [{ tier: "l1", result: "hit" }, readyReads.hits],
        [{ tier: "l1", result: "miss" }, readyReads.misses],
      ],
    );
    registry.observed("gauge", "llmcfg_cache_size_bytes", "What a tier holds.", () => [
      [{ tier: "l1" }, readyReads.bytes],
    ]);
    registry.observed(
      "counter",
      "llmcfg_cache_evictions_total",
      "Dropped for want of room.",
      () => [[{ tier: "l1" }, readyReads.evictions]],
    );
    registry.observed(
      "counter",
      "llmcfg_cache_invalidations_total",
      "Dropped because something they depend on changed.",
      () => [[{ tier: "l1" }, readyReads.invalidations]],
    );
    registry.observed("gauge", "llmcfg_watch_streams", "Open streams.", () =>
      [...watch().streams].map(([transport, count]) => [{ transport }, count] as const),
    );
    registry.observed("counter", "llmcfg_watch_resets_total", "Gaps that were told.", () =>
      resetsOf(watch()),
    );
    this.#propagation = registry.histogram(
      "llmcfg_propagation_seconds",
      "Time from a commit to an agent that has applied it.",
    );
    this.#auditSize = registry.gauge("llmcfg_audit_tree_size", "Records in the audit log.");
    this.#readAuditSize = sources.auditSize;
    observeAgents(registry, sources);
    registry.gauge("llmcfg_sealed", "Whether secrets cannot be opened.");
    registry
      .gauge("llmcfg_build_info", "The version that runs.", [])
      .set({ version, node_version: process.versions.node }, 1);
    registry.observed("gauge", "process_resident_memory_bytes", "Resident memory.", () =>
      process.memoryUsage.rss(),
    );
    registry.observed("counter", "process_cpu_seconds_total", "Processor time.", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000_000;
    });
  }

  async text(): Promise<string> {
    this.#auditSize.set({}, await this.#readAuditSize());
    return this.#registry.text();
  }

  /** From commit to applied, as one agent reported it. */
  propagated(seconds: number): void {
    this.#propagation.at({}).observe(seconds);
  }

  answered(method: string, route: string, status: number, seconds: number): void {
    const labels = {
      http_request_method: method,
      http_route: route,
      http_response_status_code: String(status),
    };
    this.#durations.at(labels).observe(seconds);
    if (status === 422) this.#failures.add({ reason: "http_422" });
  }

  /** A read that was answered from ready bytes. */
  readyHit(seconds: number): void {
    this.#hot.observe(seconds);
  }

  committed(_tenant: string, { revision, items }: Change): void {
    for (const { ref } of items) {
      this.#revision.set({ env: ref.env }, revision);
      this.#writes.add({ env: ref.env, result: "ok" });
    }
  }
}

function observeAgents(registry: Registry, { agents, environments }: MetricsSources): void {
  registry.observed("gauge", "llmcfg_agents", "Consumers, by environment and state.", () => {
    const counts = new Map<string, number>(
      environments.flatMap((env) => SYNCS.map((state) => [`${env} ${state}`, 0])),
    );
    for (const { env, sync } of agents().states) {
      counts.set(`${env} ${sync}`, (counts.get(`${env} ${sync}`) ?? 0) + 1);
    }
    return [...counts].map(([key, count]) => {
      const [env = "", state = ""] = key.split(" ");
      return [{ env, state }, count] as const;
    });
  });
  registry.observed("gauge", "llmcfg_agents_outdated", "Consumers that are not up to date.", () => {
    const counts = new Map<string, number>(environments.map((env) => [env, 0]));
    for (const { env, sync } of agents().states) {
      if (sync !== "Synced") counts.set(env, (counts.get(env) ?? 0) + 1);
    }
    return [...counts].map(([env, count]) => [{ env }, count] as const);
  });
  registry.observed("counter", "llmcfg_agent_nacks_total", "Revisions that were refused.", () => {
    const { refusals } = agents();
    const none = environments.map((env) => [env, new Map([["RULE_VIOLATION", 0]])] as const);
    return [...new Map([...none, ...refusals])].flatMap(([env, reasons]) =>
      [...reasons].map(([reason, count]) => [{ env, reason }, count] as const),
    );
  });
  registry.observed(
    "counter",
    "llmcfg_watch_hash_mismatch_total",
    "Consumers whose bundle is not what it should be at its revision. Stays 0.",
    () => [[{ transport: "sse" }, agents().hashMismatches]],
  );
}

function* resetsOf({ resets }: WatchCounters): Iterable<readonly [Labels, number]> {
  for (const [transport, reasons] of resets) {
    for (const [reason, count] of reasons) yield [{ transport, reason }, count];
  }
}
