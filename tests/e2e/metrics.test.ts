import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { makeHome, startDev } from "../support/programs.ts";

/** OBS-03: there from the start, with zeros. */
const FROM_THE_START = [
  "http_server_request_duration_seconds",
  "llmcfg_cache_requests_total",
  "llmcfg_cache_size_bytes",
  "llmcfg_cache_evictions_total",
  "llmcfg_cache_invalidations_total",
  "llmcfg_config_revision",
  "llmcfg_config_writes_total",
  "llmcfg_validation_failures_total",
  "llmcfg_watch_streams",
  "llmcfg_watch_hash_mismatch_total",
  "llmcfg_propagation_seconds",
  "llmcfg_agents",
  "llmcfg_agents_outdated",
  "llmcfg_agent_nacks_total",
  "llmcfg_audit_tree_size",
  "llmcfg_sealed",
  "llmcfg_build_info",
];

test("OBS-01 OBS-03 /metrics passes promtool, and every metric is there before anything happened", async () => {
  await using home = await makeHome();
  await using dev = await startDev(home, "--port", "0");

  const answer = await fetch(`${dev.url}/metrics`);
  const text = await answer.text();
  const check = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  const broken = spawnSync("promtool", ["check", "metrics"], { input: "# no metric\nx{ 1\n" });

  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect([check.status, check.stdout + check.stderr]).toEqual([0, ""]);
  expect(broken.status).not.toBe(0); // negative control: it does check
  const named = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  expect(FROM_THE_START.filter((name) => !named.has(name))).toEqual([]);
});
