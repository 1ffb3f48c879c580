import { EnvironmentGraph, type Revision } from "@llmcfg/core";
import type { ConfigStore } from "../configs/ports.ts";
import type { EnvironmentReader } from "./ports.ts";

/** How many tenants' graphs are kept. */
const MAX_TENANTS = 1_000;

/** Reads the environments from the store, and remembers those of each tenant's newest revision. */
export class StoreEnvironmentReader implements EnvironmentReader {
  readonly #store: Pick<ConfigStore, "headRevision" | "environments">;
  readonly #newest = new Map<string, { revision: Revision; graph: EnvironmentGraph }>();

  constructor(store: Pick<ConfigStore, "headRevision" | "environments">) {
    this.#store = store;
  }

  async graph(tenant: string, at?: Revision): Promise<EnvironmentGraph> {
    const revision = at ?? (await this.#store.headRevision(tenant));
    const known = this.#newest.get(tenant);
    if (known?.revision === revision) return known.graph;

    const graph = new EnvironmentGraph(await this.#store.environments(tenant, { at: revision }));
    if (at === undefined) this.#keep(tenant, revision, graph);
    return graph;
  }

  #keep(tenant: string, revision: Revision, graph: EnvironmentGraph): void {
    if (this.#newest.size >= MAX_TENANTS) this.#newest.clear();
    this.#newest.set(tenant, { revision, graph });
  }
}
