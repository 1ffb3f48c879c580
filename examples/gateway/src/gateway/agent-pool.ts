import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { ProviderConfig } from "@llmcfg/gateway";

/**
 * Connections to the providers, kept open between requests.
 *
 * Providers that agree on host and pool settings share one pool; a provider whose settings change
 * gets a new one, and the old one ends once its requests have.
 */
export class AgentPool implements Disposable {
  #agents: ReadonlyMap<string, HttpAgent> = new Map();

  /** The pool of a provider; one that is not known yet is opened for this request. */
  agentFor(provider: ProviderConfig, endpoint: URL): HttpAgent {
    return this.#agents.get(keyOf(provider, endpoint)) ?? this.#open(provider, endpoint);
  }

  /** Closes what none of the providers uses any more: idle connections now, others when idle. */
  keepOnly(used: readonly { readonly provider: ProviderConfig; readonly endpoint: URL }[]): void {
    const keys = new Set(used.map(({ provider, endpoint }) => keyOf(provider, endpoint)));
    for (const [key, agent] of this.#agents) if (!keys.has(key)) closeIdle(agent);
    this.#agents = new Map([...this.#agents].filter(([key]) => keys.has(key)));
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents = new Map();
  }

  #open({ connection_pool: pool, ...provider }: ProviderConfig, endpoint: URL): HttpAgent {
    const options = {
      keepAlive: true,
      maxSockets: pool.max_connections,
      maxFreeSockets: pool.max_idle,
      timeout: pool.keep_alive.ms,
    };
    const agent = endpoint.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
    const key = keyOf({ connection_pool: pool, ...provider }, endpoint);
    this.#agents = new Map([...this.#agents, [key, agent]]);
    return agent;
  }
}

function keyOf({ connection_pool: pool }: ProviderConfig, endpoint: URL): string {
  const { max_connections, max_idle, keep_alive } = pool;
  return [endpoint.origin, max_connections, max_idle, keep_alive.ms].join(" ");
}

/** `destroy` would break off requests in flight. */
function closeIdle(agent: HttpAgent): void {
  agent.maxFreeSockets = 0;
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}
