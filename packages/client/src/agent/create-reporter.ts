import { createId, VERSION } from "@llmcfg/core";
import type { AgentRequests } from "../requests/agents.ts";
import type { Runtime } from "../runtime.ts";
import type { LastGoodStore } from "../store/last-good-store.ts";
import { AgentReporter } from "./agent-reporter.ts";
import type { LastProof } from "./proof.ts";

/** Who reports. */
export interface AgentIdentity {
  readonly env: string;
  readonly service: string;
  /** Default: the one that is kept in the store, else a new one for each process. */
  readonly agentId?: string | undefined;
  /** The machine; default: as the store knows it, else the agent id. */
  readonly node?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly store?: LastGoodStore | undefined;
}

/** A reporter for a library within an application; it has yet to be started. */
export async function createReporter(
  { env, service, store, labels = {}, ...given }: AgentIdentity,
  deps: {
    /** Names the consumer in the store. */
    readonly storeScope: string;
    readonly client: Pick<AgentRequests, "reportAgent">;
    readonly proof: LastProof;
    readonly runtime: Runtime;
  },
): Promise<AgentReporter> {
  const { client, proof, runtime, storeScope } = deps;
  const kept = given.agentId ?? (await store?.agentId(storeScope));
  const agentId = kept ?? createId("sdk", runtime.nowMs());
  const node = given.node ?? store?.node ?? agentId;
  const scope = [{ env, service }];
  return new AgentReporter({
    client,
    agentId,
    about: { kind: "sdk", node, version: VERSION, scope, labels },
    freshness: () => proof.freshness,
    runtime,
  });
}
