import {
  type ItemVersion,
  type KeyRef,
  type Layer,
  type Layers,
  type Resolved,
  type Revision,
  resolveKey,
  type ServiceKey,
} from "@llmcfg/core";
import type { Change, ConfigStore, EffectiveReader, Namespace } from "../configs/ports.ts";
import { DependencyIndex } from "./dependency-index.ts";
import { toPlainShowing, toShowing } from "./effective-showing.ts";
import { holds } from "./selection.ts";
import type { Showing } from "./selection-view.ts";
import type { ShownKey } from "./shown-key.ts";

export interface EnvironmentLayersDeps {
  readonly store: Pick<ConfigStore, "currentVersions">;
  readonly reader: EffectiveReader;
}

export interface EnvironmentPart {
  readonly env: string;
  /** Names of the environments that `env` is read through, weakest first, itself last. */
  readonly chain: readonly string[];
  /** All of `env`; none within another. */
  readonly namespaces: readonly Namespace[];
}

/**
 * The layers of all keys of some namespaces of one environment, and what depends on what.
 *
 * A commit whose keys are what one layer stores is resolved from memory. Where values are merged or
 * have references the reader is asked, as of the revision of the commit: so its hash and this one
 * are the same by construction. So it is where a layer is sealed.
 */
export class EnvironmentLayers {
  readonly #deps: EnvironmentLayersDeps;
  readonly #tenant: string;
  readonly #part: EnvironmentPart;
  /** By key, one place for each environment of the chain. */
  readonly #layers = new Map<string, (ItemVersion | undefined)[]>();
  readonly #dependencies = new DependencyIndex();
  #newest: Revision = 1;

  constructor(deps: EnvironmentLayersDeps, tenant: string, part: EnvironmentPart) {
    this.#deps = deps;
    this.#tenant = tenant;
    this.#part = part;
  }

  async load(at: Revision): Promise<readonly ShownKey[]> {
    const keys: ShownKey[] = [];
    for (const namespace of this.#part.namespaces) {
      const { service, prefix } = namespace;
      const ofService = service === undefined ? {} : { service, prefix };
      const select = { envs: this.#part.chain, ...ofService };
      const items = await this.#deps.store.currentVersions(this.#tenant, select, { at });
      for (const item of items) {
        this.#put(item);
        this.#newest = Math.max(this.#newest, item.revision);
      }

      const { entries } = await this.#deps.reader.bundle(this.#tenant, namespace, { at });
      for (const entry of entries) {
        const { key } = toShowing(entry.ref, entry);
        if (key !== undefined) keys.push(key);
        this.#dependencies.set(entry.ref, entry.trace.dependencies);
      }
    }
    return keys;
  }

  /** The newest revision up to `at`, which was loaded, that wrote anything the keys depend on. */
  async newestWrite(at: Revision): Promise<Revision> {
    const envs = this.#part.chain;
    const elsewhere = this.#dependencies.targets().filter((target) => !this.#isShown(target));
    let newest = this.#newest;
    for (const [service, targets] of Map.groupBy(elsewhere, (target) => target.service)) {
      const select = { envs, service, keys: targets.map(({ key }) => key) };
      const items = await this.#deps.store.currentVersions(this.#tenant, select, { at });
      newest = items.reduce((max, { revision }) => Math.max(max, revision), newest);
    }
    return newest;
  }

  affected(change: Change): readonly KeyRef[] {
    const keys = new Map<string, ServiceKey>();
    for (const { ref } of change.items) {
      if (!this.#part.chain.includes(ref.env)) continue;
      const { service, key } = ref;
      if (this.#isShown({ service, key })) keys.set(idOf(ref), { service, key });
      for (const dependent of this.#dependencies.dependentsOf(ref)) {
        keys.set(idOf(dependent), dependent);
      }
    }
    return [...keys.values()].map(({ service, key }) => ({ env: this.#part.env, service, key }));
  }

  async show(refs: readonly KeyRef[], change: Change): Promise<readonly Showing[]> {
    for (const item of change.items) this.#put(item); // once more does no harm
    const resolved: { readonly showing: Showing; readonly dependsOn: readonly ServiceKey[] }[] = [];
    for (const ref of refs) resolved.push(await this.#resolve(ref, change.revision));

    return resolved.map(({ showing, dependsOn }) => {
      this.#dependencies.set(showing.ref, dependsOn);
      return showing.key === undefined
        ? { ...showing, removedBy: this.#removerOf(showing.ref, change) }
        : showing;
    });
  }

  async #resolve(
    ref: KeyRef,
    at: Revision,
  ): Promise<{ readonly showing: Showing; readonly dependsOn: readonly ServiceKey[] }> {
    const own = this.#layersOf(ref);
    const result = resolveKey(ref, ({ service, key }) =>
      service === ref.service && key === ref.key ? own : undefined,
    );
    if (result.kind === "resolved" && isAsStored(result.resolved) && !own.some(isSealed)) {
      return { showing: toPlainShowing(ref, result.resolved), dependsOn: [] };
    }
    const answer = await this.#deps.reader.entry(this.#tenant, ref, { at });
    const dependsOn = answer.resolved.trace.dependencies;
    return { showing: toShowing(ref, answer.effective), dependsOn };
  }

  #put(item: ItemVersion): void {
    const place = this.#part.chain.indexOf(item.ref.env);
    if (place < 0 || !this.#isShown(item.ref)) return;
    const id = idOf(item.ref);
    let layers = this.#layers.get(id);
    if (layers === undefined) {
      layers = this.#part.chain.map(() => undefined);
      this.#layers.set(id, layers);
    }
    layers[place] = item.state === "deleted" ? undefined : item;
    if (layers.every((layer) => layer === undefined)) this.#layers.delete(id);
  }

  #layersOf(ref: KeyRef): Layers {
    const items = this.#layers.get(idOf(ref));
    return this.#part.chain.map((env, place) => {
      const item = items?.[place];
      return { env, item, value: item?.stored.kind === "plain" ? item.stored.value : undefined };
    });
  }

  /** What a namespace of this environment shows, once it is resolved. */
  #isShown({ service, key }: ServiceKey): boolean {
    const ref = { env: this.#part.env, service, key };
    return this.#part.namespaces.some((namespace) => holds(namespace, ref));
  }

  /** The strongest of the versions by which the commit took the key away. */
  #removerOf(ref: KeyRef, { items }: Change): Showing["removedBy"] {
    const { chain } = this.#part;
    const remover = items
      .filter((item) => idOf(item.ref) === idOf(ref) && chain.includes(item.ref.env))
      .toSorted((a, b) => chain.indexOf(b.ref.env) - chain.indexOf(a.ref.env))[0];
    if (remover === undefined) return undefined;
    const { version, sensitive } = remover;
    return { version, layer: remover.ref.env, sensitive };
  }
}

/** Whether nothing but the strongest layer is in the value. */
function isAsStored({ isComposed, faults, trace }: Resolved): boolean {
  return !isComposed && faults.length === 0 && trace.references.length === 0;
}

/** A sealed value may have references in it, which cannot be seen from here. */
function isSealed({ item }: Layer): boolean {
  return item?.stored.kind === "sealed";
}

function idOf({ service, key }: ServiceKey): string {
  return `${service}/${key}`;
}
