import type { ServiceKey } from "@llmcfg/core";

interface Dependent {
  readonly key: ServiceKey;
  readonly dependsOn: readonly string[];
}

/** Which keys have to be looked at again when another key changes. */
export class DependencyIndex {
  readonly #dependents = new Map<string, Set<string>>();
  readonly #byId = new Map<string, Dependent>();

  /** @param dependsOn all keys that were looked at; the key itself does not count */
  set({ service, key }: ServiceKey, dependsOn: readonly ServiceKey[]): void {
    const id = idOf({ service, key });
    for (const target of this.#byId.get(id)?.dependsOn ?? []) this.#unlink(target, id);

    const others = dependsOn.map(idOf).filter((target) => target !== id);
    if (others.length === 0) {
      this.#byId.delete(id);
      return;
    }
    this.#byId.set(id, { key: { service, key }, dependsOn: others });
    for (const target of others) this.#link(target, id);
  }

  dependentsOf(target: ServiceKey): readonly ServiceKey[] {
    const ids = this.#dependents.get(idOf(target));
    if (ids === undefined) return [];
    return [...ids].flatMap((id) => this.#byId.get(id)?.key ?? []);
  }

  /** Every key that another one depends on. */
  targets(): readonly ServiceKey[] {
    return [...this.#dependents.keys()].map((id) => {
      const slash = id.indexOf("/"); // no service has one in its name
      return { service: id.slice(0, slash), key: id.slice(slash + 1) };
    });
  }

  #link(target: string, id: string): void {
    const ids = this.#dependents.get(target);
    if (ids === undefined) this.#dependents.set(target, new Set([id]));
    else ids.add(id);
  }

  #unlink(target: string, id: string): void {
    const ids = this.#dependents.get(target);
    ids?.delete(id);
    if (ids?.size === 0) this.#dependents.delete(target);
  }
}

function idOf({ service, key }: ServiceKey): string {
  return `${service}/${key}`;
}
