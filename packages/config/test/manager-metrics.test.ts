import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditSink, SecretRef } from "@llmcfg/config";
import { expect, test } from "vitest";
import { MemorySecrets } from "../../../tests/support/memory-secrets.ts";
import { manage } from "./support/manage.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { until } from "./support/until.ts";

const PAGE = "../../../docs/reference/gateway-metrics.md";

/** The table of the specification: each family, its type and the labels of its samples. */
const FAMILIES: readonly (readonly [name: string, type: string, labels: string])[] = [
  ["config_reload", "counter", "result,trigger"],
  ["config_reload_duration_seconds", "histogram", "stage"],
  ["config_last_reload_successful", "gauge", ""],
  ["config_last_reload_success_timestamp_seconds", "gauge", ""],
  ["config_version", "gauge", ""],
  ["config_info", "gauge", "checksum,label"],
  ["config_pending_restart", "gauge", ""],
  ["config_hold", "gauge", ""],
  ["config_source_up", "gauge", "source"],
  ["config_source_stale_seconds", "gauge", "source"],
  ["config_watcher_alive", "gauge", "source,mode"],
  ["config_subscriber_errors", "counter", "subscriber"],
  ["config_subscriber_skipped", "counter", "subscriber"],
  ["config_participant_vetoes", "counter", "participant"],
  ["config_audit_failures", "counter", ""],
  ["config_findings", "gauge", "severity"],
  ["config_secret_resolutions", "counter", "backend,result"],
  ["config_secret_cache_requests", "counter", "result"],
  ["config_secret_age_seconds_max", "gauge", ""],
  ["config_secret_rotations", "counter", "result"],
];

test("P21 TNT-3 every metric of the specification is there with its type, and no other", async () => {
  await using managed = await manage({});

  const text = managed.manager.metrics();

  const types = [...text.matchAll(/^# TYPE llmcfg_(\S+) (\S+)$/gm)].map(([, ...about]) => about);
  expect(sorted(types)).toEqual(sorted(FAMILIES.map(([name, type]) => [name, type])));
});

test("P21 TNT-3 every metric has its labels once something has happened, and promtool accepts all of it", async () => {
  await using managed = await eventful();
  const text = managed.manager.metrics();

  const input = inOldFormat(text);
  const check = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });

  const labels = FAMILIES.map(([name]) => [name, labelsOf(text, name)]);
  expect(labels).toEqual(FAMILIES.map(([name, , names]) => [name, names]));
  expect([check.status, check.stdout + check.stderr]).toEqual([0, ""]);
  expect(text).not.toContain("canary");
});

test("P21 docs/reference/gateway-metrics.md has every metric with its type and labels, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, PAGE), "utf8");

  const rows = [...page.matchAll(/^\| `llmcfg_(\S+)`\s*\| (\w+)\s*\| (.*?)\s*\|/gm)];

  const told = rows.map(([, name = "", type, labels = ""]) => {
    return [name.replace(/_total$/, ""), type, labels.replaceAll(/[`– ]/g, "")];
  });
  expect(sorted(told)).toEqual(sorted(FAMILIES));
});

test("P21 the durations of a reload are those of its stages, in seconds and by cumulative buckets", async () => {
  const clock = new ManualClock();
  await using managed = await manage({}, { clock });
  const { manager } = managed;
  manager.addParticipant({
    name: "slow",
    prepare: async () => {
      clock.advance(200);
      return { commit: () => clock.advance(20_000), abort: () => {} };
    },
  });

  await manager.set({ server: { host: "b" } });

  const text = manager.metrics();
  expect(bucketsOf(text, "prepare")).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
  expect(bucketsOf(text, "commit")).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  expect(bucketsOf(text, "merge")).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  const name = "llmcfg_config_reload_duration_seconds";
  expect(text).toContain(`${name}_sum{stage="prepare"} 0.2\n`);
  expect(text).toContain(`${name}_sum{stage="commit"} 20\n`);
  expect(text).toContain(`${name}_count{stage="commit"} 1\n`);
});

test("P21 the findings of newer content are counted until it is mended", async () => {
  await using managed = await manage({});
  const { manager, source } = managed;
  const errors = () => /config_findings\{severity="error"\} (\d+)/.exec(manager.metrics())?.[1];

  source.put({ server: { prot: 1, port: "x" } });
  await manager.reload();
  const refused = errors();
  source.put({ server: { host: "b" } });
  await manager.reload();

  expect([refused, errors()]).toEqual(["2", "0"]);
});

test("SM-7 SM-9 the cache of secrets tells how it answered, and the age of a secret goes back with a rotation", async () => {
  const clock = new ManualClock();
  const secrets = new MemorySecrets();
  secrets.put("k", "canary-1");
  const document = { providers: [{ id: "a", key: "${secret://llmcfg/k}" }] };
  await using managed = await manage(document, { clock, secrets });
  const { manager } = managed;
  const key = manager.current().providers[0]?.key as SecretRef; // the reference above
  const age = () => /^llmcfg_config_secret_age_seconds_max (\S+)$/m.exec(manager.metrics())?.[1];

  await key.reveal();
  clock.advance(400_000);
  const old = age();
  secrets.put("k", "canary-2");
  await key.reveal();
  clock.advance(1_000);

  const text = manager.metrics();
  expect([old, age()]).toEqual(["400", "1"]);
  expect(text).toContain('llmcfg_config_secret_cache_requests_total{result="hit"} 1\n');
  expect(text).toContain('llmcfg_config_secret_cache_requests_total{result="miss"} 2\n');
});

test("P21 the prefix of the names is settable, and must be one", async () => {
  await using managed = await manage({}, { metricsPrefix: "edge_" });

  const names = [...managed.manager.metrics().matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);

  expect(names.every((name) => name?.startsWith("edge_config_"))).toBe(true);
  const wrong = manage({}, { metricsPrefix: "edge-" });
  await expect(wrong).rejects.toMatchObject({ code: "invalid_option" });
});

/** A manager to which everything has happened that is counted. */
async function eventful() {
  const clock = new ManualClock();
  const secrets = new MemorySecrets();
  secrets.put("k", "canary-1");
  const document = { providers: [{ id: "a", key: "${secret://llmcfg/k}" }] };
  const managed = await manage(document, { clock, secrets, audit: failing() });
  const { manager, source } = managed;
  await manager.start();
  manager.subscribe(
    () => {
      throw new Error("defect");
    },
    { name: "broken" },
  );
  const gate = Promise.withResolvers<void>();
  manager.subscribe(() => gate.promise, { name: "slow" });
  let hasVetoed = false;
  manager.addParticipant({
    name: "pool",
    prepare: async () => {
      if (!hasVetoed) {
        hasVetoed = true;
        throw new Error("no");
      }
      return { commit: () => {}, abort: () => {} };
    },
  });
  await manager.set({ server: { host: "b" } }); // vetoed
  await manager.set({ server: { host: "b" } });
  await manager.set({ server: { host: "c" } });
  await manager.set({ server: { host: "d" } });
  gate.resolve();
  source.isAway = true;
  await manager.reload();
  secrets.put("k", "canary-2");
  const key = manager.current().providers[0]?.key as SecretRef; // the reference above
  await key.reveal({ refresh: true });
  await until("what is told later", () => {
    const text = manager.metrics();
    return ["subscriber_errors", "subscriber_skipped", "secret_rotations"].every((name) =>
      text.includes(`llmcfg_config_${name}_total{`),
    );
  });
  return managed;
}

function failing(): AuditSink {
  return {
    kind: "broken",
    append: () => Promise.reject(new Error("no space left")),
    flush: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

/** promtool reads the older format alone, in which a counter is declared with its `_total`. */
function inOldFormat(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name));
  return text.replaceAll(/^# (TYPE|HELP) (\S+)/gm, (line, _what, name: string) =>
    counters.has(name) ? `${line}_total` : line,
  );
}

function sorted<T extends readonly unknown[]>(rows: readonly T[]): readonly T[] {
  return rows.toSorted((a, b) => String(a[0]).localeCompare(String(b[0])));
}

/** The names of the labels of the first sample, but for that of buckets. */
function labelsOf(text: string, family: string): string {
  const sample = new RegExp(`^llmcfg_${family}(?:_total|_bucket)?(?:\\{(.*)\\})? `, "m").exec(text);
  if (sample === null) return "no sample";
  const names = [...(sample[1] ?? "").matchAll(/(\w+)="/g)].map(([, name]) => name);
  return names.filter((name) => name !== "le").join();
}

function bucketsOf(text: string, stage: string): readonly number[] {
  const name = `llmcfg_config_reload_duration_seconds_bucket{stage="${stage}"`;
  const lines = text.split("\n").filter((line) => line.startsWith(name));
  return lines.map((line) => Number(line.split(" ").at(-1)));
}
