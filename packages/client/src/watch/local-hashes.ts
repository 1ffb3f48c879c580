import type { BundleLine } from "@llmcfg/core";
import type { ChangedEvent } from "@llmcfg/protocol";
import { type BundlePlace, lineOf, linesHash } from "../bundle/bundle-hash.ts";
import type { BundleState } from "../bundle/bundle-state.ts";

/** The hashes of a namespace as its watch has heard of them: what heartbeats are compared with. */
export class LocalHashes {
  readonly #place: BundlePlace;
  /** By key. A change costs the lines of its keys alone, and what was in order stays so. */
  readonly #lines: Map<string, BundleLine>;
  /** Of the present content; computed when it is asked for. */
  #hash: Promise<string> | undefined;

  constructor({ bundle, hashes }: Pick<BundleState, "bundle" | "hashes">) {
    this.#place = { env: bundle.env, service: bundle.service }; // not all its values
    this.#lines = new Map();
    for (const [key, hash] of hashes) this.#lines.set(key, lineOf(bundle, key, hash));
  }

  /** Takes all changes of a revision. */
  apply({ changes }: ChangedEvent): void {
    for (const { key, hash } of changes) {
      if (hash === null) this.#lines.delete(key);
      else this.#lines.set(key, lineOf(this.#place, key, hash));
    }
    this.#hash = undefined;
  }

  /** The bundle hash of what was taken so far. O(n log n) after a change, else O(1). */
  hash(): Promise<string> {
    this.#hash ??= linesHash([...this.#lines.values()]);
    return this.#hash;
  }
}
