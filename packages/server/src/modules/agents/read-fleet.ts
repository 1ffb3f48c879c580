import { LlmcfgError, type Revision } from "@llmcfg/core";
import type { Fleet } from "@llmcfg/protocol";
import type { Clock, ConfigStore } from "../configs/ports.ts";
import type { Caller } from "../policy/ports.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import { countFleet, hasApplied } from "./fleet.ts";
import { isConnected, type KnownAgent, LEASE_MS } from "./known-agent.ts";
import { type AgentSelection, type SelectDeps, selectAgents } from "./select-agents.ts";

export interface FleetDeps extends SelectDeps {
  readonly registry: Pick<AgentRegistry, "list" | "revision" | "nextReport" | "monoMs">;
  readonly configStore: Pick<ConfigStore, "headRevision" | "changesAfter">;
  readonly clock: Clock;
}

export interface ReadFleet extends AgentSelection {
  /** The revision to count by; default: what each agent should have. */
  readonly revision: Revision | undefined;
  /** Share of the agents, 0 to 1, that have to have applied it before the answer is given. */
  readonly until: number | undefined;
  /** How long to wait for that. */
  readonly waitMs: number;
}

/** Reports of many agents come together: they are counted together. */
const COUNT_EVERY_MS = 50;

/**
 * How far a revision has come; with `until` once it has come that far, or after `waitMs`.
 *
 * Of a revision those agents count that were connected when it was made; with `until` alone, those
 * that are connected now. Who comes later does not change the answer.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`; `INVALID_ARGUMENT` for a revision ahead of the store
 */
export async function readFleet(
  deps: FleetDeps,
  query: ReadFleet,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Fleet> {
  const head = await headOf(deps, query);
  const counts = await membersOf(deps, query);
  const revision = query.revision ?? (query.until === undefined ? undefined : head);

  const over = [AbortSignal.timeout(query.waitMs), options.signal ?? []].flat();
  const signal = AbortSignal.any(over);
  for (;;) {
    const agents = (await selectAgents(deps, query)).filter(counts);
    if (isFarEnough(agents, query, revision) || signal.aborted) {
      const moment = { revision, head, nowMs: deps.clock.nowMs(), monoMs: deps.registry.monoMs };
      return countFleet(agents, moment);
    }
    await deps.registry.nextReport(signal);
    await sleep(COUNT_EVERY_MS, signal);
  }
}

async function headOf({ configStore }: FleetDeps, query: ReadFleet): Promise<Revision> {
  const { caller, revision = 0 } = query;
  const head = await configStore.headRevision(caller.tenant);
  if (revision <= head) return head;
  const detail = `r${revision} is ahead of the store, which is at r${head}`;
  const errors = [{ pointer: "/revision", code: "INVALID_ARGUMENT", detail }];
  throw new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}

/** Which agents count; fixed when the question is asked. */
async function membersOf(
  deps: FleetDeps,
  query: ReadFleet,
): Promise<(agent: KnownAgent) => boolean> {
  const { revision } = query;
  if (revision !== undefined) {
    const madeAtMs = await madeAt(deps, query.caller, revision);
    return ({ connectedAt, lastContactAtMs }) =>
      connectedAt < revision && madeAtMs <= lastContactAtMs + LEASE_MS;
  }
  if (query.until === undefined) return () => true;
  const agents = await selectAgents(deps, query);
  const { monoMs } = deps.registry;
  const here = new Set(agents.filter((agent) => isConnected(agent, monoMs)).map(({ id }) => id));
  return ({ id }) => here.has(id);
}

/** When a revision was committed; the first one, of the tenant, before any agent. */
async function madeAt(
  { configStore }: FleetDeps,
  { tenant }: Caller,
  revision: Revision,
): Promise<number> {
  const [change] = await configStore.changesAfter(tenant, revision - 1, { limit: 1 });
  return change?.revision === revision ? change.committedAtMs : 0;
}

function isFarEnough(
  agents: readonly KnownAgent[],
  { until }: ReadFleet,
  revision: Revision | undefined,
): boolean {
  if (until === undefined) return true;
  const applied = agents.filter((agent) => hasApplied(agent, { revision })).length;
  return applied >= agents.length * until;
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = () => resolve();
  signal.addEventListener("abort", stop, { once: true });
  await promise;
  signal.removeEventListener("abort", stop);
  clearTimeout(timer);
}
