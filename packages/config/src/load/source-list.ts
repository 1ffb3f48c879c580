import { ConfigError } from "../errors.ts";
import { DEFAULT_SOURCE } from "../merge/tree.ts";
import type { ConfigSource } from "../sources/config-source.ts";
import { ENVIRONMENT_SOURCE } from "../sources/environment/environment-faults.ts";
import type { EnvironmentSource } from "../sources/environment/environment-source.ts";
import { BANDS, compareRank, type RankedSource, type Supply } from "./source-state.ts";

export const OVERRIDES_SOURCE = "overrides";

const RESERVED_IDS: ReadonlySet<string> = new Set([
  OVERRIDES_SOURCE,
  ENVIRONMENT_SOURCE,
  DEFAULT_SOURCE,
]);

/** The sources that a loader was given, in the order in which it was. */
export class SourceList {
  readonly #sources: RankedSource[] = [];

  /** @throws {TypeError} where its id or its references belong to another source already */
  add(
    supply: Supply,
    source: ConfigSource,
    { priority, optional }: { readonly priority: number; readonly optional: boolean },
  ): void {
    const { id, kind } = source;
    if (source.secrets !== undefined) this.#requireOwnBackend(source);
    if (RESERVED_IDS.has(id)) {
      throw new TypeError(`${id} is the id of a source of the library's own`);
    }
    if (this.#sources.some((known) => known.id === id)) {
      throw new TypeError(`the source ${id} is added twice`);
    }
    const order = this.#sources.length;
    this.#sources.push({ id, kind, priority, order, optional, supply });
  }

  /**
   * With the environment and the overrides, strongest first.
   *
   * @throws {ConfigError} `no_sources` where there are none, and no overrides either
   */
  ranked(
    environment: { readonly source: EnvironmentSource; readonly priority: number } | undefined,
    hasOverrides: boolean,
  ): readonly RankedSource[] {
    const added = [...this.#sources];
    if (environment !== undefined) {
      const { source, priority } = environment;
      const { id, kind } = source;
      const supply = { type: "environment", source } as const;
      added.push({ id, kind, priority, order: added.length, optional: true, supply });
    }
    if (added.length === 0 && !hasOverrides) {
      throw new ConfigError("no_sources", "No configuration sources available", {
        hint: "add a file, the environment, a source or overrides",
      });
    }
    const overrides: RankedSource = {
      id: OVERRIDES_SOURCE,
      kind: "overrides",
      priority: BANDS.overrides,
      order: added.length,
      optional: true,
      supply: { type: "overrides" },
    };
    return [...added, overrides].toSorted(compareRank);
  }

  /** Its references would be resolved by the service of another source. */
  #requireOwnBackend({ id, kind }: ConfigSource): void {
    const other = this.#sources.find(
      ({ kind: known, supply }) =>
        known === kind && supply.type === "foreign" && supply.source.secrets !== undefined,
    );
    if (other === undefined) return;
    const name = `\${secret://${kind}/…}`;
    throw new TypeError(
      `the source ${id} cannot be added: ${name} leads to the secrets of ${other.id} already`,
    );
  }
}
