import { AsyncLocalStorage } from "node:async_hooks";
import type { Snapshot } from "../notify/notification.ts";
import type { Version } from "../reload/version.ts";
import type { DeepReadonly } from "../schema/config-types.ts";

/** The configuration as who serves requests reads it: one field each, all of one version. */
export class Served<T> {
  readonly #pinned = new AsyncLocalStorage<Snapshot<T>>();
  #config: DeepReadonly<T>;
  #effective: DeepReadonly<T>;
  #snapshot: Snapshot<T>;

  constructor({ snapshot, effective }: Version<T>) {
    this.#config = snapshot.config;
    this.#effective = effective.config;
    this.#snapshot = snapshot;
  }

  get config(): DeepReadonly<T> {
    return this.#config;
  }

  /** Restart-class values are those that the process began with. */
  get effective(): DeepReadonly<T> {
    return this.#effective;
  }

  get snapshot(): Snapshot<T> {
    return this.#snapshot;
  }

  /** The snapshot of the work that this belongs to, if it was pinned, else the newest. */
  get pinned(): Snapshot<T> {
    return this.#pinned.getStore() ?? this.#snapshot;
  }

  /** What `fn` does, also later, sees one snapshot. */
  pin<R>(fn: () => R): R {
    return this.#pinned.run(this.#snapshot, fn);
  }

  /** The one moment of change. */
  swap({ snapshot, effective }: Version<T>): void {
    this.#config = snapshot.config;
    this.#effective = effective.config;
    this.#snapshot = snapshot;
  }
}
