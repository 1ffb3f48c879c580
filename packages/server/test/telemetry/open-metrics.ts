import type { HealthBody } from "@llmcfg/protocol";
import { ephemeralKeyring } from "../../src/adapters/local-keyring/root-key.ts";
import { PolicyNumbers } from "../../src/telemetry/counted-policy.ts";
import { type MetricsSources, ServerMetrics } from "../../src/telemetry/server-metrics.ts";
import { StoreNumbers } from "../../src/telemetry/store-numbers.ts";
import { TimedRootKey } from "../../src/telemetry/timed-root-key.ts";
import { openWorld, TENANT } from "../configs/open-world.ts";

const NONE = { hits: 0, misses: 0, invalidations: 0, evictions: 0, bytes: 0 };

/** The metrics of a server over the memory adapters, to which nothing has happened yet. */
export function openMetrics(over: Partial<MetricsSources> = {}) {
  const world = openWorld();
  const environments = ["base", "production"];
  const stale: unknown[] = [];
  const metrics = new ServerMetrics({
    version: "1.2.3",
    region: "local",
    environments,
    store: new StoreNumbers({
      tenant: TENANT,
      environments,
      configStore: world.stores.configs,
      auditStore: world.stores.audit,
    }),
    caches: { l1: [NONE], origin: { hits: 0, misses: 0, errors: 0 } },
    watch: () => ({
      streams: new Map([["sse", 0]]),
      resets: new Map([["sse", new Map()]]),
      encoded: 0,
    }),
    agents: () => ({ states: [], refusals: new Map(), hashMismatches: 0 }),
    policy: new PolicyNumbers(),
    rights: { hits: 0, misses: 0 },
    kmsDurations: new TimedRootKey(ephemeralKeyring(), "local").durations,
    health: async () => healthOf({}),
    onStale: (error) => stale.push(error),
    ...over,
  });
  return { world, metrics, stale };
}

/** A server whose parts are `ok`, but for those that are named. */
export function healthOf(
  states: Readonly<Record<string, "ok" | "degraded" | "down">>,
  since = "2026-11-22T10:00:00.000Z",
): HealthBody {
  const parts = { store: "ok", kms: "ok", policy: "ok", audit: "ok", replication: "ok", ...states };
  return {
    status: "ok",
    version: "1.2.3",
    revision: 1,
    region: "local",
    role: "primary",
    uptimeSeconds: 0,
    checks: Object.entries(parts).map(([name, status]) => ({ name, status, since })),
  } as HealthBody; // each status is one of those above
}

/** The value of a sample, as the text has it: `llmcfg_sealed`, `x{env="base"}`. */
export function sample(text: string, name: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
