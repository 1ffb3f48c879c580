import { compareBytewise } from "./compare-bytewise.ts";

/** An effective value, by what proves it. */
export interface BundleLine {
  /** `production/ml-service/inference/model.config`. */
  readonly path: string;
  /** `sha256:…` or `hmac:…`. */
  readonly hash: string;
}

/**
 * The text whose SHA-256 is the hash of a bundle: a line `path TAB hash LF` for each value, sorted
 * bytewise by path, whatever order they come in.
 *
 * Whoever holds the same values has the same hash, so it proves that no change was missed.
 */
export function bundleLines(entries: readonly BundleLine[]): string {
  return entries
    .toSorted((a, b) => compareBytewise(a.path, b.path))
    .map(({ path, hash }) => `${path}\t${hash}\n`)
    .join("");
}
