import { type ErrorKind, REASONS, type Reason } from "@llmcfg/core";
import type { HealthBody } from "@llmcfg/protocol";
import type { AuditEvent } from "../modules/audit/ports.ts";
import type { Change } from "../modules/configs/ports.ts";
import type { WatchCounters } from "../modules/watch/ports.ts";
import { type AgentNumbers, observeAgents } from "./agent-metrics.ts";
import { BUILD_REVISION } from "./build-revision.ts";
import { type CacheSources, observeCaches } from "./cache-metrics.ts";
import { type HistogramSeries, Registry, type Series } from "./metrics.ts";
import { observeParts, type PartSources } from "./part-metrics.ts";
import { observeWatch } from "./watch-metrics.ts";

/** Where the numbers are that the text shows. */
export interface MetricsSources extends Omit<PartSources, "health"> {
  readonly version: string;
  readonly environments: readonly string[];
  readonly caches: CacheSources;
  readonly watch: () => WatchCounters;
  readonly agents: () => AgentNumbers;
  /** Asks all parts how they are. Never rejects, and answers within seconds. */
  readonly health: () => Promise<HealthBody>;
  /** Hears that the store could not be asked; the text shows what was known before. */
  readonly onStale: (error: unknown) => void;
}

const HOT_ROUTE = {
  http_request_method: "GET",
  http_route: "/v1/configs/:env/:service/*",
  http_response_status_code: "200",
};

const MALFORMED: ReadonlySet<ErrorKind> = new Set(["malformed", "invalid", "too_large"]);

/** The reasons that say that something sent is not as it has to be. */
const VALIDATION_REASONS: ReadonlySet<string> = new Set(
  Object.entries(REASONS)
    .filter(([, { kind, isLocal }]) => !isLocal && MALFORMED.has(kind))
    .map(([reason]) => reason),
);

/** How a write can end: as its record says, `ok` for one that was allowed. */
const WRITE_RESULTS = ["ok", "denied", "failed"] as const;

const WRITES: ReadonlySet<string> = new Set([
  "config.write",
  "config.delete",
  "config.mask",
  "config.rollback",
  "secret.write",
]);

/** What the server tells Prometheus. No label holds a path of a key, a user or a revision. */
export class ServerMetrics {
  readonly #sources: MetricsSources;
  readonly #registry = new Registry();
  readonly #durations: HistogramSeries;
  readonly #writes: Series;
  readonly #failures: Series;
  readonly #hot: ReturnType<HistogramSeries["at"]>;
  readonly #propagation: HistogramSeries;
  #health: HealthBody | undefined;

  constructor(sources: MetricsSources) {
    this.#sources = sources;
    const registry = this.#registry;
    const { environments } = sources;
    this.#durations = registry.histogram(
      "http_server_request_duration_seconds",
      "Time from the request to the end of the answer.",
      [HOT_ROUTE],
    );
    this.#hot = this.#durations.at(HOT_ROUTE);
    this.#writes = registry.counter(
      "llmcfg_config_writes_total",
      "Items that were written, or were to be, by environment and result.",
      environments.flatMap((env) => WRITE_RESULTS.map((result) => ({ env, result }))),
    );
    this.#failures = registry.counter(
      "llmcfg_validation_failures_total",
      "Requests that are not as they have to be, by the reason of the answer.",
      [...VALIDATION_REASONS].map((reason) => ({ reason })),
    );
    this.#propagation = registry.histogram(
      "llmcfg_propagation_seconds",
      "Time from a commit to an agent that has applied it.",
    );
    registry.observed(
      "gauge",
      "llmcfg_config_revision",
      "Newest revision that wrote into the environment.",
      () => sources.store.revisions.map(([env, revision]) => [{ env }, revision] as const),
    );
    observeCaches(registry, sources.caches);
    observeWatch(registry, sources.watch);
    observeAgents(registry, environments, sources.agents);
    observeParts(registry, { ...sources, health: () => this.#health });
    observeProcess(registry, sources.version);
  }

  /** The exposition; asks store and parts first, and makes do with what it knew where they are away. */
  async text(): Promise<string> {
    const { store, health, onStale } = this.#sources;
    this.#health = await health();
    const isStoreUp = this.#health.checks.some((it) => it.name === "store" && it.status === "ok");
    if (isStoreUp) await store.refresh().catch(onStale);
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
  }

  /** A read that was answered from ready bytes. */
  readyHit(seconds: number): void {
    this.#hot.observe(seconds);
  }

  /** A request was answered with a problem. */
  refused(reason: Reason): void {
    if (VALIDATION_REASONS.has(reason)) this.#failures.add({ reason });
  }

  committed(_tenant: string, { items }: Change): void {
    for (const { ref } of items) this.#writes.add({ env: ref.env, result: "ok" });
  }

  /** Writes that were refused are on record, each item for itself. */
  recorded(_tenant: string, events: readonly AuditEvent[]): void {
    for (const { action, outcome, path = "" } of events) {
      const [env = ""] = path.split("/", 1);
      const isKnown = this.#sources.environments.includes(env); // whatever else was asked for
      if (WRITES.has(action) && outcome !== "allowed" && isKnown) {
        this.#writes.add({ env, result: outcome });
      }
    }
  }
}

function observeProcess(registry: Registry, version: string): void {
  registry
    .gauge("llmcfg_build_info", "The version that runs.", [])
    .set({ version, revision: BUILD_REVISION, node_version: process.versions.node }, 1);
  registry.observed("gauge", "process_resident_memory_bytes", "Resident memory.", () =>
    process.memoryUsage.rss(),
  );
  registry.observed("counter", "process_cpu_seconds_total", "Processor time.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  });
}
