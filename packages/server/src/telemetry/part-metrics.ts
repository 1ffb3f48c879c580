/**
 * What keys, policy, audit log and replication tell of themselves.
 *
 * @module
 */

import type { HealthBody } from "@llmcfg/protocol";
import type { PolicyNumbers } from "./counted-policy.ts";
import type { HistogramSeries, Registry } from "./metrics.ts";
import type { StoreNumbers } from "./store-numbers.ts";

export interface PartSources {
  readonly store: StoreNumbers;
  readonly policy: PolicyNumbers;
  /** How often the rights of a caller were remembered, and how often they had to be made. */
  readonly rights: { readonly hits: number; readonly misses: number };
  /** Of the calls to the root key. */
  readonly kmsDurations: HistogramSeries;
  /** As it was asked last; `undefined` before. */
  readonly health: () => HealthBody | undefined;
  readonly region: string;
}

export function observeParts(registry: Registry, sources: PartSources): void {
  observePolicy(registry, sources);
  observeKeys(registry, sources);
  observeAudit(registry, sources);
  registry.observed(
    "gauge",
    "llmcfg_replication_lag_seconds",
    "Since when this process has not followed the store; 0 while it does.",
    () => [[{ region: sources.region }, lagSeconds(sources)]],
  );
}

function observePolicy(registry: Registry, { policy, rights }: PartSources): void {
  registry.observed("counter", "llmcfg_policy_decisions_total", "Decisions on one thing.", () => [
    [{ effect: "allow" }, policy.decisions.allow],
    [{ effect: "deny" }, policy.decisions.deny],
  ]);
  registry.observed(
    "counter",
    "llmcfg_policy_cache_requests_total",
    "Look-ups of the rights of a caller.",
    () => [
      [{ result: "hit" }, rights.hits],
      [{ result: "miss" }, rights.misses],
    ],
  );
  registry.exposed(
    "llmcfg_policy_engine_duration_seconds",
    "Time to make the rights of a caller, and to decide by them.",
    policy.durations,
  );
}

function observeKeys(registry: Registry, { store, kmsDurations, health }: PartSources): void {
  registry.exposed(
    "llmcfg_kms_request_duration_seconds",
    "Time that the provider of the root key took.",
    kmsDurations,
  );
  registry.observed("gauge", "llmcfg_sealed", "Whether secrets cannot be opened.", () =>
    checkOf(health(), "kms")?.status === "down" ? 1 : 0,
  );
  registry.observed(
    "gauge",
    "llmcfg_secret_age_seconds_max",
    "Age of the oldest secret, since its current version was written.",
    () => store.oldestSecrets(Date.now()).map(([env, seconds]) => [{ env }, seconds] as const),
  );
  registry.counter("llmcfg_secret_rotations_total", "Rotations that ended.", [
    { result: "ok" },
    { result: "failed" },
  ]);
}

function observeAudit(registry: Registry, { store }: PartSources): void {
  registry.observed(
    "counter",
    "llmcfg_audit_events_total",
    "Events on record, whichever process wrote them.",
    () => store.auditSize,
  );
  registry.observed(
    "gauge",
    "llmcfg_audit_tree_size",
    "Leaves of the tree over the audit log.",
    () => store.auditSize,
  );
  registry.observed(
    "gauge",
    "llmcfg_audit_last_checkpoint_timestamp_seconds",
    "When the newest checkpoint was signed; 0 before the first.",
    () => store.lastCheckpointAtMs / 1_000,
  );
  registry.gauge("llmcfg_audit_spool_events", "Events that wait in a spool for the store.");
}

function lagSeconds({ health }: PartSources): number {
  const { status, since } = checkOf(health(), "replication") ?? {};
  if (status === undefined || status === "ok" || since === undefined) return 0;
  return Math.max(0, (Date.now() - Date.parse(since)) / 1_000);
}

function checkOf(health: HealthBody | undefined, name: string) {
  return health?.checks.find((check) => check.name === name);
}
