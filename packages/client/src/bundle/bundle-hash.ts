import { type BundleLine, bundleLines, formatPath } from "@llmcfg/core";
import { sha256 } from "./sha256.ts";

/** The environment and service whose bundle it is. */
export interface BundlePlace {
  readonly env: string;
  readonly service: string;
}

/**
 * The proof of a namespace's state, `sha256:…`.
 *
 * @param hashes hash by key, of every effective key of the namespace
 */
export function bundleHash(
  place: BundlePlace,
  hashes: ReadonlyMap<string, string>,
): Promise<string> {
  return linesHash([...hashes].map(([key, hash]) => lineOf(place, key, hash)));
}

/** What a key adds to the proof. */
export function lineOf({ env, service }: BundlePlace, key: string, hash: string): BundleLine {
  return { path: formatPath({ env, service, key }), hash };
}

/** As {@link bundleHash}; whoever keeps the lines, in their order, has it faster. */
export async function linesHash(lines: readonly BundleLine[]): Promise<string> {
  return `sha256:${await sha256(bundleLines(lines))}`;
}
