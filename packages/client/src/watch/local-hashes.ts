import type { ChangedEvent } from "@llmcfg/protocol";
import { bundleHash } from "../bundle/bundle-hash.ts";
import type { BundleState } from "../bundle/bundle-state.ts";

/** The hashes of a namespace as its watch has heard of them: what heartbeats are compared with. */
export class LocalHashes {
  readonly #place: { readonly env: string; readonly service: string };
  readonly #hashes: Map<string, string>;
  /** Of the present content; computed when it is asked for. */
  #hash: Promise<string> | undefined;

  constructor({ bundle, hashes }: Pick<BundleState, "bundle" | "hashes">) {
    this.#place = { env: bundle.env, service: bundle.service };
    this.#hashes = new Map(hashes);
  }

  /** Takes all changes of a revision. */
  apply({ changes }: ChangedEvent): void {
    for (const { key, hash } of changes) {
      if (hash === null) this.#hashes.delete(key);
      else this.#hashes.set(key, hash);
    }
    this.#hash = undefined;
  }

  /** The bundle hash of what was taken so far. O(n log n) after a change, else O(1). */
  hash(): Promise<string> {
    this.#hash ??= bundleHash(this.#place, this.#hashes);
    return this.#hash;
  }
}
