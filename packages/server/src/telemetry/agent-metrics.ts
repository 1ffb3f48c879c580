import type { AgentSync } from "@llmcfg/protocol";
import type { Registry } from "./metrics.ts";

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

export function observeAgents(
  registry: Registry,
  environments: readonly string[],
  agents: () => AgentNumbers,
): void {
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
