/**
 * The own items that a resolution looks at, loaded as they are asked for.
 *
 * @module
 */

import {
  type Environment,
  formatPath,
  type ItemVersion,
  type Json,
  type KeyRef,
  type Layers,
  type Revision,
  type ServiceKey,
} from "@llmcfg/core";
import type { ConfigStore, WaitOptions } from "./ports.ts";

/** The newest version of an own item, tombstones and masks too. */
export interface HeldItem {
  readonly item: ItemVersion;
  /** The plaintext, where it is at hand. */
  readonly value: Json | undefined;
}

/** Gives the plaintext of a sealed value, or `undefined` to go on without it. */
type Opener = (item: ItemVersion) => Promise<Json | undefined>;

/** Where a resolution finds what each environment holds. */
export interface LayerSource {
  isLoaded(key: ServiceKey): boolean;
  /** Loads what is not loaded yet. */
  loadKeys(keys: readonly ServiceKey[]): Promise<void>;
  /** `undefined` where the environment never had the item, and where it is not loaded. */
  held(ref: KeyRef): HeldItem | undefined;
}

export interface LayerTableOptions extends WaitOptions {
  readonly tenant: string;
  /** Names of the environments whose items are loaded. */
  readonly envs: readonly string[];
  /** `undefined`: as things are when they are loaded. */
  readonly at: Revision | undefined;
  readonly open: Opener;
}

/** The layers of one key along a chain; `undefined` where they are not loaded. */
export function layersOf(
  source: LayerSource,
  chain: readonly Environment[],
  key: ServiceKey,
): Layers | undefined {
  if (!source.isLoaded(key)) return undefined;
  return chain.map(({ name: env }) => {
    const held = source.held({ env, service: key.service, key: key.key });
    return held === undefined || held.item.state === "deleted"
      ? { env, item: undefined, value: undefined }
      : { env, ...held };
  });
}

/** Own items as the store has them. One query for each service and round. */
export class LayerTable implements LayerSource {
  readonly #store: Pick<ConfigStore, "currentVersions">;
  readonly #options: LayerTableOptions;
  readonly #held = new Map<string, HeldItem>();
  readonly #keys = new Set<string>();
  readonly #namespaces: { readonly service: string | undefined; readonly prefix: string }[] = [];

  constructor(store: Pick<ConfigStore, "currentVersions">, options: LayerTableOptions) {
    this.#store = store;
    this.#options = options;
  }

  isLoaded(key: ServiceKey): boolean {
    return this.#keys.has(idOf(key)) || this.#isCovered(key);
  }

  held(ref: KeyRef): HeldItem | undefined {
    return this.#held.get(formatPath(ref));
  }

  async loadKeys(keys: readonly ServiceKey[]): Promise<void> {
    const missing = keys.filter((key) => !this.isLoaded(key));
    for (const [service, group] of Map.groupBy(missing, (key) => key.service)) {
      const names = [...new Set(group.map(({ key }) => key))];
      await this.#load({ service, keys: names });
      for (const key of group) this.#keys.add(idOf(key));
    }
  }

  /**
   * Loads all keys of a service that begin with `prefix`, or those of all services.
   *
   * @returns those that some environment holds or once held, in the order of the store
   */
  async loadNamespace(service: string | undefined, prefix: string): Promise<readonly ServiceKey[]> {
    const found = await this.#load({ service, prefix });
    for (const key of found) this.#keys.add(idOf(key));
    this.#namespaces.push({ service, prefix });
    return found;
  }

  #isCovered({ service, key }: ServiceKey): boolean {
    return this.#namespaces.some(
      (space) =>
        (space.service === undefined || space.service === service) && key.startsWith(space.prefix),
    );
  }

  async #load(select: {
    readonly service: string | undefined;
    readonly prefix?: string;
    readonly keys?: readonly string[];
  }): Promise<readonly ServiceKey[]> {
    const { tenant, envs, at, open, signal } = this.#options;
    const items = await this.#store.currentVersions(tenant, { envs, ...select }, { at, signal });
    const found = new Map<string, ServiceKey>();
    for (const item of items) {
      const { service, key } = item.ref;
      found.set(idOf(item.ref), { service, key });
      this.#held.set(formatPath(item.ref), { item, value: await plaintextOf(item, open) });
    }
    return [...found.values()];
  }
}

async function plaintextOf(item: ItemVersion, open: Opener): Promise<Json | undefined> {
  switch (item.stored.kind) {
    case "plain":
      return item.stored.value;
    case "sealed":
      return await open(item);
    case "none":
      return undefined;
  }
}

/** Own items as they would be after a commit. */
export class DraftedTable implements LayerSource {
  readonly #before: LayerSource;
  readonly #drafts: ReadonlyMap<string, HeldItem>;

  /** @param drafts what takes the place of items of `before` */
  constructor(before: LayerSource, drafts: readonly HeldItem[]) {
    this.#before = before;
    this.#drafts = new Map(drafts.map((draft) => [formatPath(draft.item.ref), draft]));
  }

  isLoaded(key: ServiceKey): boolean {
    return this.#before.isLoaded(key);
  }

  held(ref: KeyRef): HeldItem | undefined {
    return this.#drafts.get(formatPath(ref)) ?? this.#before.held(ref);
  }

  async loadKeys(keys: readonly ServiceKey[]): Promise<void> {
    await this.#before.loadKeys(keys);
  }
}

/** Equal for equal keys alone: the name of a service holds no `/`. */
export function idOf({ service, key }: ServiceKey): string {
  return `${service}/${key}`;
}
