import { createHash } from "node:crypto";
import { byPath, type ShownKey } from "./shown-key.ts";

/** Keys in the bytewise order of their paths, and the hash over all of them. */
export class SortedKeys {
  readonly #sorted: ShownKey[];
  readonly #byPath: Map<string, ShownKey>;
  #hash: string | undefined;

  constructor(keys: readonly ShownKey[]) {
    this.#sorted = keys.toSorted(byPath);
    this.#byPath = new Map(keys.map((key) => [key.path, key]));
  }

  get(path: string): ShownKey | undefined {
    return this.#byPath.get(path);
  }

  all(): readonly ShownKey[] {
    return this.#sorted;
  }

  /** Of the bundle: SHA-256 over the lines `path TAB hash LF`. Computed once after each change. */
  get hash(): string {
    this.#hash ??= bundleHash(this.#sorted);
    return this.#hash;
  }

  set(key: ShownKey): void {
    const found = this.#byPath.get(key.path);
    if (found?.hash !== key.hash) this.#hash = undefined;
    this.#byPath.set(key.path, key);
    this.#sorted.splice(this.#placeOf(key), found === undefined ? 0 : 1, key);
  }

  delete(path: string): void {
    const found = this.#byPath.get(path);
    if (found === undefined) return;
    this.#hash = undefined;
    this.#byPath.delete(path);
    this.#sorted.splice(this.#placeOf(found), 1);
  }

  /** Where the path is, or belongs. */
  #placeOf(key: ShownKey): number {
    let [from, to] = [0, this.#sorted.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const other = this.#sorted[middle];
      if (other !== undefined && byPath(other, key) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** @param keys sorted by path */
export function bundleHash(keys: Iterable<ShownKey>): string {
  const hash = createHash("sha256");
  for (const key of keys) hash.update(`${key.path}\t${key.hash}\n`);
  return `sha256:${hash.digest("hex")}`;
}
