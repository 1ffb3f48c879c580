import {
  type Environment,
  type KeyRef,
  type Resolved,
  type Revision,
  type ServiceKey,
} from "@llmcfg/core";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Keyring } from "../keys/ports.ts";
import { LayerTable } from "./layer-table.ts";
import type {
  BundleAnswer,
  ConfigStore,
  Effective,
  EffectiveAnswer,
  EffectiveOptions,
  EffectiveReader,
  Namespace,
} from "./ports.ts";
import { resolveKeys } from "./resolve-keys.ts";
import { SealedReferences } from "./sealed-references.ts";
import { toEffective, withoutSecrets } from "./to-effective.ts";

export interface EffectiveReaderDeps {
  readonly store: Pick<ConfigStore, "headRevision" | "currentVersions">;
  readonly environments: EnvironmentReader;
  readonly keyring: Pick<Keyring, "open" | "valueHash" | "fingerprint">;
}

/** How often a read of the newest state begins again before it settles for a past one. */
const MAX_ATTEMPTS = 3;

/** Resolves what a {@link ConfigStore} holds. */
export class StoreEffectiveReader implements EffectiveReader {
  readonly #deps: EffectiveReaderDeps;
  readonly #sealedReferences: SealedReferences;

  constructor(deps: EffectiveReaderDeps) {
    this.#deps = deps;
    this.#sealedReferences = new SealedReferences(deps.keyring);
  }

  /** @throws {LlmcfgError} `ENV_NOT_FOUND`, `NOT_FOUND` where there is no such tenant */
  async entry(
    tenant: string,
    ref: KeyRef,
    options: EffectiveOptions = {},
  ): Promise<EffectiveAnswer> {
    const { revision, result } = await this.#atOneRevision(tenant, options, async (at) => {
      const { table, chain } = await this.#openTable(tenant, ref.env, { ...options, at });
      const { service, key } = ref;
      const [resolved] = await resolveKeys(table, chain, [{ service, key }], toResolve(options));
      if (resolved === undefined) throw new TypeError("a key was asked for and not resolved");
      const effective = await this.#toEffective(resolved, { tenant, table, chain, options });
      return {
        resolved: options.open === undefined ? withoutSecrets(resolved) : resolved,
        effective,
      };
    });
    return { revision, ...result };
  }

  /** @throws {LlmcfgError} `ENV_NOT_FOUND`, `NOT_FOUND` where there is no such tenant */
  async bundle(
    tenant: string,
    { env, service, prefix }: Namespace,
    options: EffectiveOptions = {},
  ): Promise<BundleAnswer> {
    const { revision, result } = await this.#atOneRevision(tenant, options, async (at) => {
      const { table, chain } = await this.#openTable(tenant, env, { ...options, at });
      const keys = await table.loadNamespace(service, prefix);
      return await this.#effectiveOf(keys, { tenant, table, chain, options });
    });
    return { revision, entries: result };
  }

  async #effectiveOf(keys: readonly ServiceKey[], reading: Reading): Promise<readonly Effective[]> {
    const { table, chain, options } = reading;
    const entries: Effective[] = [];
    for (const resolved of await resolveKeys(table, chain, keys, toResolve(options))) {
      const effective = await this.#toEffective(resolved, reading);
      if (effective !== undefined) entries.push(effective);
    }
    return entries;
  }

  async #toEffective(resolved: Resolved, reading: Reading): Promise<Effective | undefined> {
    const { tenant, table, chain, options } = reading;
    const { keyring } = this.#deps;
    const effective = await toEffective(resolved, { keyring, tenant, source: table, chain });
    if (effective === undefined || options.open !== undefined) return effective;
    return withoutSecrets(effective);
  }

  async #openTable(
    tenant: string,
    env: string,
    { at, open, signal }: EffectiveOptions,
  ): Promise<{ readonly table: LayerTable; readonly chain: readonly Environment[] }> {
    const graph = await this.#deps.environments.graph(tenant, at);
    const chain = graph.chainOf(graph.get(env).name);
    const table = new LayerTable(this.#deps.store, {
      tenant,
      envs: chain.map(({ name }) => name),
      at,
      open: open ?? ((item) => this.#sealedReferences.openIfReferring(tenant, item)),
      signal,
    });
    return { table, chain };
  }

  /**
   * Runs `read` on one state. Without `at` it reads the newest one, which costs least, and begins
   * again if a commit came in between its queries.
   */
  async #atOneRevision<T>(
    tenant: string,
    { at, signal }: EffectiveOptions,
    read: (at: Revision | undefined) => Promise<T>,
  ): Promise<{ readonly revision: Revision; readonly result: T }> {
    if (at !== undefined) return { revision: at, result: await read(at) };
    const { store } = this.#deps;
    let revision = await store.headRevision(tenant, { signal });
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const result = await read(undefined);
      const head = await store.headRevision(tenant, { signal });
      if (head === revision) return { revision, result };
      revision = head;
    }
    return { revision, result: await read(revision) };
  }
}

function toResolve({ references = "expand", mayFollow = () => true }: EffectiveOptions) {
  return { references, mayFollow };
}

/** A resolution that is going on. */
interface Reading {
  readonly tenant: string;
  readonly table: LayerTable;
  readonly chain: readonly Environment[];
  readonly options: EffectiveOptions;
}
