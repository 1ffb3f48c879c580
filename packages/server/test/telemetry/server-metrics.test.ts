import { randomBytes } from "node:crypto";
import { LlmcfgError } from "@llmcfg/core";
import { expect, test } from "vitest";
import { LocalRootKey } from "../../src/adapters/local-keyring/root-key.ts";
import { builtInPolicy } from "../../src/modules/policy/built-in-policy.ts";
import { countDecisions, PolicyNumbers } from "../../src/telemetry/counted-policy.ts";
import { CountedReader } from "../../src/telemetry/counted-reader.ts";
import { TimedRootKey } from "../../src/telemetry/timed-root-key.ts";
import { event } from "../audit/set-up.ts";
import { callerWith, openWorld, put, TENANT, write } from "../configs/open-world.ts";
import { healthOf, openMetrics, sample } from "./open-metrics.ts";

test("OBS-03 what has not happened yet is there with zero", async () => {
  const text = await openMetrics().metrics.text();

  const values = [...text.matchAll(/^(?!#)(\S+?)(?:\{.*\})? (\S+)$/gm)].map(([, name, value]) => ({
    name,
    value: Number(value),
  }));
  const moving = values.filter(({ value }) => value !== 0).map(({ name }) => name);
  expect([...new Set(moving)]).toEqual([
    "llmcfg_build_info",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
  ]);
});

test("writes are counted by what became of them, refused ones by their records", async () => {
  const { world, metrics } = openMetrics();
  await write(world, [put("base/svc/a", 1), put("base/svc/b", 1)]);
  for (const change of world.changes) metrics.committed(TENANT, change);

  metrics.recorded(TENANT, [
    event({ action: "config.write", path: "production/svc/a", outcome: "denied" }),
    event({ action: "secret.write", path: "production/svc/a", outcome: "failed" }),
    event({ action: "config.rollback", path: "production/svc/a", outcome: "failed" }),
    event({ action: "config.read", path: "production/svc/a", outcome: "denied" }), // no write
    event({ action: "config.write", path: "nowhere/svc/a", outcome: "denied" }), // no label of ours
  ]);

  const text = await metrics.text();
  const written = (env: string, result: string) =>
    sample(text, `llmcfg_config_writes_total{env="${env}",result="${result}"}`);
  expect(["ok", "denied", "failed"].map((result) => written("base", result))).toEqual([2, 0, 0]);
  expect(["ok", "denied", "failed"].map((result) => written("production", result))).toEqual([
    0, 1, 2,
  ]);
  expect(text).not.toContain("nowhere");
});

test("requests that are not as they have to be are counted by reason, others are not", async () => {
  const { metrics } = openMetrics();

  for (const reason of [
    "RULE_VIOLATION",
    "RULE_VIOLATION",
    "INVALID_KEY",
    "POLICY_DENIED",
  ] as const) {
    metrics.refused(reason);
  }

  const text = await metrics.text();
  const failures = (reason: string) =>
    sample(text, `llmcfg_validation_failures_total{reason="${reason}"}`);
  expect(["RULE_VIOLATION", "INVALID_KEY", "VALUE_TOO_LARGE"].map(failures)).toEqual([2, 1, 0]);
  expect(failures("POLICY_DENIED")).toBeUndefined();
});

test("a root key that is down means sealed, a feed that is behind a lag that grows", async () => {
  let health = healthOf({ kms: "down", replication: "degraded" });
  const { metrics } = openMetrics({ health: async () => health });

  const before = await metrics.text();
  health = healthOf({ kms: "degraded" });
  const after = await metrics.text();

  const lag = 'llmcfg_replication_lag_seconds{region="local"}';
  expect([sample(before, "llmcfg_sealed"), sample(after, "llmcfg_sealed")]).toEqual([1, 0]);
  expect(sample(before, lag)).toBeCloseTo(
    (Date.now() - Date.parse("2026-11-22T10:00:00.000Z")) / 1_000,
    -1,
  );
  expect(sample(after, lag)).toBe(0);
});

test("while the store is away the text shows what was known before", async () => {
  let health = healthOf({});
  const { world, metrics, stale } = openMetrics({ health: async () => health });
  await write(world, [put("base/svc/a", 1)]);
  await metrics.text();

  world.stores.audit.size = async () => {
    throw new LlmcfgError("STORE_UNAVAILABLE", "the store is away", { retryAfter: 5 });
  };
  const unexpected = await metrics.text();
  health = healthOf({ store: "down" });
  const known = await metrics.text();

  for (const text of [unexpected, known]) {
    expect(sample(text, 'llmcfg_config_revision{env="base"}')).toBe(2);
    expect(sample(text, "llmcfg_audit_tree_size")).toBe(1);
    expect(sample(text, "llmcfg_audit_events_total")).toBe(1);
  }
  expect(stale).toMatchObject([{ reason: "STORE_UNAVAILABLE" }]); // not asked where it is known
});

test("decisions are counted by their effect, and decide what they decided before", () => {
  const numbers = new PolicyNumbers();
  const policy = countDecisions(builtInPolicy, numbers);
  const bindings = [
    { id: "bnd_1", principal: "user:ada", role: "viewer", scope: "production/**" },
  ].map((binding) => ({ ...binding, expiresAtMs: undefined, mayGrant: [] }));

  const access = policy.createAccess(bindings);
  const plain = builtInPolicy.createAccess(bindings);
  const item = { kind: "item", env: "production", service: "svc", key: "a" } as const;
  const decided = [access.decide("config:read", item), access.decide("config:write", item)];
  const caller = { ...callerWith(), access };
  expect(() => policy.requirePermission(caller, "system:admin", { kind: "tenant" })).toThrow(
    "system:admin",
  );

  expect(decided).toEqual([plain.decide("config:read", item), plain.decide("config:write", item)]);
  expect(access.key).toBe(plain.key);
  expect(numbers.decisions).toEqual({ allow: 1, deny: 2 });
  const counts = [...numbers.durations.samples("x")].filter((line) => line.includes("_count"));
  expect(counts).toEqual(['x_count{op="compile"} 1', 'x_count{op="decide"} 3']);
});

test("calls to the root key are timed, failed ones too", async () => {
  const rootKey = new TimedRootKey(new LocalRootKey(randomBytes(32)), "local");
  const context = { product: "llmcfg" };

  const wrapped = await rootKey.wrap(randomBytes(32), context);
  using key = await rootKey.unwrap(wrapped, context);
  await expect(rootKey.unwrap(wrapped, { product: "other" })).rejects.toMatchObject({
    reason: "INTEGRITY_FAILED",
  });

  expect(key.withBytes((bytes) => bytes.length)).toBe(32);
  const counts = [...rootKey.durations.samples("x")].filter((line) => line.includes("_count"));
  expect(counts).toEqual([
    'x_count{provider="local",op="wrap"} 1',
    'x_count{provider="local",op="unwrap"} 2',
  ]);
});

test("reads of the origin are counted by what they found", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);
  const reader = new CountedReader(world.deps.reader);
  const ref = { env: "base", service: "svc", key: "a" };

  await reader.entry(TENANT, ref);
  await reader.entry(TENANT, { ...ref, key: "b" });
  await reader.bundle(TENANT, { env: "base", service: "svc", prefix: "" });
  await reader.entry(TENANT, { ...ref, env: "nowhere" }).catch(() => {});

  expect([reader.hits, reader.misses, reader.errors]).toEqual([2, 1, 1]);
});
