import { LlmcfgError } from "@llmcfg/core";
import type { ConfigStore, EffectiveReader } from "../configs/ports.ts";
import type { EnvironmentReader } from "../environments/ports.ts";
import { EffectiveView } from "./effective-view.ts";
import type { Feeds } from "./feeds.ts";
import { LiveSelection, type LiveSelectionDeps } from "./live-selection.ts";
import { RawView } from "./raw-view.ts";
import type { Selection } from "./selection.ts";
import type { SelectionView } from "./selection-view.ts";

export interface SelectionsDeps extends Omit<LiveSelectionDeps, "store" | "viewOf"> {
  readonly store: Pick<ConfigStore, "changesAfter" | "currentVersions">;
  readonly reader: EffectiveReader;
  readonly environments: EnvironmentReader;
  readonly feeds: Feeds;
  /** How many selections there may be at once, of all tenants. */
  readonly maxSelections: number;
}

/** When room for another selection may be worth asking for again, in seconds. */
const RETRY_AFTER = 15;

export interface LeasedSelection {
  readonly live: LiveSelection;
  /** Keeps it until disposed, and a minute more. */
  readonly lease: Disposable;
}

/** The live selections of all tenants: one for each that somebody is there for. */
export class Selections implements Disposable {
  readonly #deps: SelectionsDeps;
  readonly #opening = new Map<string, Promise<LiveSelection>>();
  readonly #open = new Map<string, LiveSelection>();

  constructor(deps: SelectionsDeps) {
    this.#deps = deps;
  }

  /**
   * As of every commit that was acknowledged before the call.
   *
   * @throws {LlmcfgError} `ENV_NOT_FOUND`, `NOT_FOUND` where there is no such tenant; `RATE_LIMITED`
   *   where there are as many as may be, and somebody is there for each
   */
  async lease(tenant: string, selection: Selection): Promise<LeasedSelection> {
    await this.#requireEnvironments(tenant, selection);
    const key = `${tenant}\n${selection.key}`;
    const live = this.#open.get(key) ?? (await this.#openOnce(key, tenant, selection));
    using stack = new DisposableStack();
    stack.use(live.lease());
    await live.caughtUp();

    const lease = stack.move();
    return { live, lease };
  }

  /** Resolves once all of a tenant have taken in what its feed has handed on. */
  async caughtUp(tenant: string): Promise<void> {
    for (const [key, live] of this.#open) {
      if (!live.isCurrent && key.startsWith(`${tenant}\n`)) await live.caughtUp();
    }
  }

  tick(now: number): void {
    for (const [key, live] of this.#open) if (live.tick(now)) this.#close(key, live);
  }

  [Symbol.dispose](): void {
    for (const live of this.#open.values()) live[Symbol.dispose]();
    this.#open.clear();
    this.#opening.clear();
  }

  #openOnce(key: string, tenant: string, selection: Selection): Promise<LiveSelection> {
    let opening = this.#opening.get(key);
    if (opening === undefined) {
      this.#makeRoom();
      opening = this.#start(key, tenant, selection);
      this.#opening.set(key, opening);
    }
    return opening;
  }

  /** What is only kept for those who may come back makes room for those who are here. */
  #makeRoom(): void {
    const { maxSelections } = this.#deps;
    if (this.#opening.size < maxSelections) return;
    for (const [key, live] of this.#open) if (live.isDeserted) this.#close(key, live);
    if (this.#opening.size < maxSelections) return;
    const message = `${maxSelections} selections are watched already`;
    throw new LlmcfgError("RATE_LIMITED", message, { retryAfter: RETRY_AFTER });
  }

  #close(key: string, live: LiveSelection): void {
    live[Symbol.dispose]();
    this.#open.delete(key);
    this.#opening.delete(key);
  }

  async #start(key: string, tenant: string, selection: Selection): Promise<LiveSelection> {
    try {
      const feed = await this.#deps.feeds.of(tenant);
      const viewOf = (of: string, what: Selection) => this.#viewOf(of, what);
      const live = await LiveSelection.open({ ...this.#deps, viewOf }, { tenant, selection, feed });
      this.#open.set(key, live);
      return live;
    } catch (error) {
      this.#opening.delete(key);
      throw error;
    }
  }

  #viewOf(tenant: string, { view, namespaces }: Selection): SelectionView {
    return view === "raw"
      ? new RawView(this.#deps, tenant, namespaces)
      : new EffectiveView(this.#deps, tenant, namespaces);
  }

  async #requireEnvironments(tenant: string, { namespaces }: Selection): Promise<void> {
    const graph = await this.#deps.environments.graph(tenant);
    for (const { env } of namespaces) graph.get(env);
  }
}
