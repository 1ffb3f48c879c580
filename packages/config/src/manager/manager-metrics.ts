import type { ManagerStatus } from "../config-manager.ts";
import type { Snapshot } from "../notify/notification.ts";
import type { CacheResult } from "../secrets/cached.ts";
import { type Family, formatMetrics, gauge } from "./format-metrics.ts";
import type { ReloadCounts } from "./reload-counts.ts";
import type { WatchState } from "./watch-states.ts";

export interface MetricsInput<T> {
  readonly counts: ReloadCounts;
  readonly snapshot: Snapshot<T>;
  readonly status: ManagerStatus;
  /** By the id of the source. */
  readonly watches: ReadonlyMap<string, readonly WatchState[]>;
  readonly resolutions: ReadonlyMap<string, { readonly ok: number; readonly failed: number }>;
  readonly cacheRequests: ReadonlyMap<CacheResult, number>;
  /** When the value of the secret was seen first that has had the same for the longest time. */
  readonly oldestSecretSinceMs: number | undefined;
  /** Of the audit trail. */
  readonly auditFailures: number;
  readonly nowMs: number;
  /** Begins every name. */
  readonly prefix: string;
}

/** OpenMetrics text about a manager. Labels carry ids and the version label alone. */
export function managerMetrics<T>(input: MetricsInput<T>): string {
  const { counts, snapshot, status } = input;
  const { checksum, label = "" } = snapshot;
  const families: readonly Family[] = [
    ...counts.families(),
    gauge("config_version", "Number of the accepted configuration.", { value: snapshot.version }),
    gauge("config_info", "The accepted configuration.", { labels: { checksum, label }, value: 1 }),
    gauge("config_pending_restart", "Places that wait for a restart.", {
      value: status.pendingRestart.length,
    }),
    gauge("config_hold", "Sources with content on hold.", { value: status.holds.length }),
    ...sourceFamilies(input),
    findingsFamily(input),
    ...secretFamilies(input),
    {
      name: "config_audit_failures",
      type: "counter",
      help: "Audit records that could not be written when they were due, and failures of the sink.",
      samples: [{ value: input.auditFailures }],
    },
  ];
  return formatMetrics(families, input.prefix);
}

function sourceFamilies<T>({ status, watches, nowMs }: MetricsInput<T>): readonly Family[] {
  const up = status.sources.map(({ id, state }) => ({
    labels: { source: id },
    value: state === "ok" ? 1 : 0,
  }));
  const stale = status.sources.flatMap(({ id, staleSince }) => {
    if (staleSince === undefined) return [];
    return [{ labels: { source: id }, value: (nowMs - staleSince.getTime()) / 1_000 }];
  });
  const alive = [...watches].flatMap(([source, states]) => {
    return states.map(({ mode, isAlive }) => ({
      labels: { source, mode },
      value: isAlive ? 1 : 0,
    }));
  });
  return [
    gauge("config_source_up", "Whether the source could be read.", ...up),
    gauge("config_source_stale_seconds", "How long only old content is known.", ...stale),
    gauge("config_watcher_alive", "Whether changes of the source are noticed this way.", ...alive),
  ];
}

function findingsFamily<T>({ counts, status }: MetricsInput<T>): Family {
  const help = "Warnings of the accepted configuration; errors for which newer content is refused.";
  return gauge(
    "config_findings",
    help,
    { labels: { severity: "error" }, value: counts.refusedErrors },
    { labels: { severity: "warning" }, value: status.warnings.length },
  );
}

function secretFamilies<T>(input: MetricsInput<T>): readonly Family[] {
  const { cacheRequests, oldestSecretSinceMs: sinceMs, nowMs } = input;
  const age = sinceMs === undefined ? 0 : Math.max(nowMs - sinceMs, 0) / 1_000;
  const requests = [...cacheRequests].map(([result, value]) => ({ labels: { result }, value }));
  return [
    resolutionFamily(input),
    {
      name: "config_secret_cache_requests",
      type: "counter",
      help: "Requests to the caches of secrets by how they were answered.",
      samples: requests,
    },
    gauge(
      "config_secret_age_seconds_max",
      "How long the oldest secret in use has had its value, as far as this process has seen it.",
      { value: age },
    ),
  ];
}

function resolutionFamily<T>({ resolutions }: MetricsInput<T>): Family {
  const samples = [...resolutions].flatMap(([backend, { ok, failed }]) => [
    { labels: { backend, result: "ok" }, value: ok },
    { labels: { backend, result: "failed" }, value: failed },
  ]);
  const help = "Secrets asked for by backend and result.";
  return { name: "config_secret_resolutions", type: "counter", help, samples };
}
