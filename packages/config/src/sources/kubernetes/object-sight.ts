import type { ClusterObject } from "./cluster-object.ts";

interface Sight {
  readonly version: string | undefined;
  readonly hash: string | undefined;
}

/**
 * Remembers in which state the object was last seen, so that what was seen already is no change:
 * compared by resource version, then by content (K8S-3).
 */
export class ObjectSight {
  readonly #hashOf: (object: ClusterObject) => string;
  #last: Sight | undefined;
  #isWatched = false;
  /** Whoever read meanwhile got nothing, and has to be told that there is something again. */
  #hasFailed = false;

  /** @param hashOf of what matters of the object */
  constructor(hashOf: (object: ClusterObject) => string) {
    this.#hashOf = hashOf;
  }

  /**
   * A read got this. What a watch sees first is compared with it; later reads do not count, since
   * nobody knows whether they are taken.
   */
  read(object: ClusterObject | undefined): void {
    if (!this.#isWatched) this.#last = this.#sightOf(object);
  }

  /** A read got nothing, as nobody could say what there is. */
  failed(): void {
    this.#hasFailed = true;
  }

  /** A watch saw this. Whether a read may bring something new. */
  isNew(object: ClusterObject | undefined): boolean {
    const last = this.#last;
    const isFirst = last === undefined;
    const hasFailed = this.#hasFailed;
    const version = object?.resourceVersion;
    this.#isWatched = true;
    this.#hasFailed = false;
    if (last?.version === version && !isFirst) return hasFailed;
    this.#last = this.#sightOf(object);
    return hasFailed || (!isFirst && last.hash !== this.#last.hash);
  }

  #sightOf(object: ClusterObject | undefined): Sight {
    const hash = object === undefined ? undefined : this.#hashOf(object);
    return { version: object?.resourceVersion, hash };
  }
}
