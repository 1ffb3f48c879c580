import { formatPath, type Revision, type ServiceKey } from "@llmcfg/core";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Caller } from "../policy/ports.ts";
import { bundleHash } from "./bundle-hash.ts";
import { mayFollowFor } from "./item-rights.ts";
import { idOf } from "./layer-table.ts";
import type { ConfigStore, Effective, EffectiveReader, Namespace, WaitOptions } from "./ports.ts";
import { isInBundle } from "./read-namespace.ts";

export interface BundleRevisionDeps {
  readonly store: Pick<ConfigStore, "currentVersions">;
  readonly reader: EffectiveReader;
  readonly environments: EnvironmentReader;
}

/** A bundle as one caller sees it. */
export interface SeenBundle {
  readonly caller: Caller;
  readonly namespace: Namespace;
  readonly references: "expand" | "keep";
  /** The revision it was read at. */
  readonly revision: Revision;
  readonly entries: readonly Effective[];
}

/** What a bundle was known to be from one revision to another. */
interface Known {
  readonly hash: string;
  readonly since: Revision;
  readonly until: Revision;
}

const MAX_REMEMBERED = 2_000;

/**
 * Finds since when a bundle is what it is: the newest revision that changed an effective value of
 * it, in the eyes of the caller.
 *
 * Nothing keeps this, so it looks back: from one write of anything that the bundle depends on to
 * the one before, until the hash differs. Mostly that is the first; what was found is remembered,
 * so that a key which is written again and again with an equal value costs each look but once.
 */
export class BundleRevisions {
  readonly #deps: BundleRevisionDeps;
  readonly #known = new Map<string, Known>();

  constructor(deps: BundleRevisionDeps) {
    this.#deps = deps;
  }

  async find(bundle: SeenBundle, options: WaitOptions = {}): Promise<Revision> {
    const id = idOfBundle(bundle);
    const hash = bundleHash(bundle.entries);
    const known = this.#known.get(id);
    const since = await this.#findSince(
      bundle,
      { hash, known: known?.hash === hash ? known : undefined },
      options,
    );
    this.#remember(id, { hash, since, until: bundle.revision });
    return since;
  }

  async #findSince(
    bundle: SeenBundle,
    { hash, known }: { readonly hash: string; readonly known: Known | undefined },
    options: WaitOptions,
  ): Promise<Revision> {
    let state = bundle;
    for (;;) {
      const written = await this.#newestWrite(state, options);
      if (known !== undefined && written <= known.until && known.since <= state.revision) {
        return known.since;
      }
      if (written <= 1) return 1; // nothing was ever written: as the tenant was made
      const before = await this.#stateAt(bundle, written - 1, options);
      if (bundleHash(before.entries) !== hash) return written;
      state = before;
    }
  }

  async #stateAt(bundle: SeenBundle, at: Revision, options: WaitOptions): Promise<SeenBundle> {
    const { caller, namespace, references } = bundle;
    const reading = { at, references, mayFollow: mayFollowFor(caller.access), ...options };
    const { entries } = await this.#deps.reader.bundle(caller.tenant, namespace, reading);
    return {
      ...bundle,
      revision: at,
      entries: entries.filter((entry) => isInBundle(caller, entry)),
    };
  }

  /** The newest revision up to the state's own that wrote anything it depends on. */
  async #newestWrite(state: SeenBundle, { signal }: WaitOptions): Promise<Revision> {
    const { caller, namespace, revision: at } = state;
    const { store, environments } = this.#deps;
    const { tenant } = caller;
    const graph = await environments.graph(tenant, at);
    const envs = graph.chainOf(namespace.env).map(({ name }) => name);
    const { service, prefix } = namespace;
    const selections = [
      { envs, service, prefix },
      ...elsewhere(state).map((keys) => ({ envs, ...keys })),
    ];
    let newest = 0;
    for (const select of selections) {
      const items = await store.currentVersions(tenant, select, { at, signal });
      newest = items.reduce((max, { revision }) => Math.max(max, revision), newest);
    }
    return newest;
  }

  #remember(id: string, known: Known): void {
    this.#known.delete(id);
    if (this.#known.size >= MAX_REMEMBERED) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(id, known);
  }
}

/** The keys outside of the namespace that its values depend on, by service. */
function elsewhere({ namespace, entries }: SeenBundle) {
  const keys = new Map<string, ServiceKey>();
  for (const { trace } of entries) {
    for (const key of trace.dependencies) {
      const isInside = key.service === namespace.service && key.key.startsWith(namespace.prefix);
      if (!isInside) keys.set(idOf(key), key);
    }
  }
  return [...Map.groupBy(keys.values(), ({ service }) => service)].map(([service, group]) => ({
    service,
    keys: group.map(({ key }) => key),
  }));
}

function idOfBundle({ caller, namespace, references }: SeenBundle): string {
  const { env, service = "", prefix } = namespace;
  const path = formatPath({ env, service, key: prefix });
  return JSON.stringify([caller.tenant, caller.access.key, path, references]);
}
