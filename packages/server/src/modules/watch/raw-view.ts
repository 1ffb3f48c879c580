import { formatPath, type ItemVersion, type KeyRef, type Revision } from "@llmcfg/core";
import type { Change, ConfigStore, Namespace } from "../configs/ports.ts";
import { holds } from "./selection.ts";
import type { SelectionView, Showing } from "./selection-view.ts";
import type { ShownKey } from "./shown-key.ts";

export interface RawViewDeps {
  readonly store: Pick<ConfigStore, "currentVersions">;
}

/** The writes of the layers themselves: what each namespace has of its own. */
export class RawView implements SelectionView {
  readonly tellsEveryWrite = true;
  readonly #deps: RawViewDeps;
  readonly #tenant: string;
  readonly #namespaces: readonly Namespace[];
  #newest: Revision = 1;

  constructor(deps: RawViewDeps, tenant: string, namespaces: readonly Namespace[]) {
    this.#deps = deps;
    this.#tenant = tenant;
    this.#namespaces = namespaces;
  }

  async load(at: Revision): Promise<readonly ShownKey[]> {
    const loaded: ShownKey[] = [];
    for (const { env, service, prefix } of this.#namespaces) {
      const select = { envs: [env], service, prefix: service === undefined ? undefined : prefix };
      const items = await this.#deps.store.currentVersions(this.#tenant, select, { at });
      for (const { revision } of items) this.#newest = Math.max(this.#newest, revision);
      loaded.push(...items.filter((item) => item.state === "live").map(toShownKey));
    }
    return loaded;
  }

  async newestWrite(): Promise<Revision> {
    return this.#newest;
  }

  affected(change: Change): readonly KeyRef[] {
    return change.items
      .map((item) => item.ref)
      .filter((ref) => this.#namespaces.some((namespace) => holds(namespace, ref)));
  }

  async show(refs: readonly KeyRef[], change: Change): Promise<readonly Showing[]> {
    const byPath = new Map(change.items.map((item) => [formatPath(item.ref), item]));
    return refs.flatMap((ref) => {
      const item = byPath.get(formatPath(ref));
      return item === undefined ? [] : [toShowing(item)];
    });
  }

  /** Own items are shown as they are stored, their references too: there is nothing to follow. */
  showFor(): Promise<never> {
    throw new TypeError("a raw view follows no references");
  }
}

function toShowing(item: ItemVersion): Showing {
  const { ref, version, stored, sensitive } = item;
  if (item.state !== "live") {
    const removedBy = { version, layer: ref.env, sensitive };
    return { ref, key: undefined, value: undefined, removedBy };
  }
  const value = stored.kind === "plain" && !sensitive ? stored.value : undefined;
  return { ref, key: toShownKey(item), value, removedBy: undefined };
}

function toShownKey({ ref, version, hash, sensitive }: ItemVersion): ShownKey {
  if (hash === undefined) throw new TypeError(`${formatPath(ref)} is live and has no hash`);
  return { ref, path: formatPath(ref), version, layer: ref.env, hash, sensitive, follows: [] };
}
