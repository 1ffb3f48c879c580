import type { KeyRef, Revision } from "@llmcfg/core";
import type { Change, ConfigStore, EffectiveReader, Namespace } from "../configs/ports.ts";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Access } from "../policy/ports.ts";
import { toShowing } from "./effective-showing.ts";
import { EnvironmentLayers } from "./environment-layers.ts";
import { mayFollow } from "./reader-rights.ts";
import type { SelectionView, Showing } from "./selection-view.ts";
import type { ShownKey } from "./shown-key.ts";

export interface EffectiveViewDeps {
  readonly store: Pick<ConfigStore, "currentVersions">;
  readonly reader: EffectiveReader;
  readonly environments: EnvironmentReader;
}

/** Effective values: what each namespace is read as, wherever the layers have it from. */
export class EffectiveView implements SelectionView {
  readonly tellsEveryWrite = false;
  readonly #deps: EffectiveViewDeps;
  readonly #tenant: string;
  readonly #namespaces: readonly Namespace[];
  readonly #environments = new Map<string, EnvironmentLayers>();

  constructor(deps: EffectiveViewDeps, tenant: string, namespaces: readonly Namespace[]) {
    this.#deps = deps;
    this.#tenant = tenant;
    this.#namespaces = namespaces;
  }

  async load(at: Revision): Promise<readonly ShownKey[]> {
    const graph = await this.#deps.environments.graph(this.#tenant, at);
    const loaded: ShownKey[] = [];
    for (const [env, namespaces] of Map.groupBy(this.#namespaces, (namespace) => namespace.env)) {
      const chain = graph.chainOf(env).map(({ name }) => name);
      const layers = new EnvironmentLayers(this.#deps, this.#tenant, { env, chain, namespaces });
      this.#environments.set(env, layers);
      loaded.push(...(await layers.load(at)));
    }
    return loaded;
  }

  async newestWrite(at: Revision): Promise<Revision> {
    const parts = [...this.#environments.values()];
    return Math.max(...(await Promise.all(parts.map((layers) => layers.newestWrite(at)))));
  }

  affected(change: Change): readonly KeyRef[] {
    return [...this.#environments.values()].flatMap((layers) => layers.affected(change));
  }

  async show(refs: readonly KeyRef[], change: Change): Promise<readonly Showing[]> {
    const shown: Showing[] = [];
    for (const [env, own] of Map.groupBy(refs, (ref) => ref.env)) {
      shown.push(...((await this.#environments.get(env)?.show(own, change)) ?? []));
    }
    return shown;
  }

  async showFor(access: Access, ref: KeyRef, at: Revision): Promise<Showing> {
    const options = { at, mayFollow: mayFollow(access) };
    const { effective } = await this.#deps.reader.entry(this.#tenant, ref, options);
    return toShowing(ref, effective);
  }
}
