import { compareBytewise } from "@llmcfg/core";
import type { AgentBody, AgentSync } from "@llmcfg/protocol";
import type { AgentRegistry } from "./agent-registry.ts";
import { syncOf, toAgentBody } from "./known-agent.ts";
import { type AgentSelection, type SelectDeps, selectAgents } from "./select-agents.ts";

export interface ListDeps extends SelectDeps {
  readonly registry: Pick<AgentRegistry, "list" | "revision" | "region" | "monoMs">;
}

export interface ListAgents extends AgentSelection {
  readonly sync: AgentSync | undefined;
  /** Only those that do not have what they should. */
  readonly isOutdated: boolean;
  readonly limit: number;
  /** Id of the last one of the page before. */
  readonly after: string | undefined;
}

export interface AgentPage {
  readonly items: readonly AgentBody[];
  /** Id of the last one, where more follow. */
  readonly next: string | undefined;
}

/**
 * Agents, by id.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`
 */
export async function listAgents(deps: ListDeps, query: ListAgents): Promise<AgentPage> {
  const { sync, isOutdated, limit, after } = query;
  const { region, monoMs } = deps.registry;
  const found = (await selectAgents(deps, query))
    .filter(({ id }) => after === undefined || compareBytewise(id, after) > 0)
    .filter((agent) => {
      const shown = syncOf(agent, monoMs);
      return (sync === undefined || shown === sync) && !(isOutdated && shown === "Synced");
    })
    .toSorted((a, b) => compareBytewise(a.id, b.id));

  const page = found.slice(0, limit);
  return {
    items: page.map((agent) => toAgentBody(agent, region, monoMs)),
    next: found.length > page.length ? page.at(-1)?.id : undefined,
  };
}
