import { bundleLines, formatPath } from "@llmcfg/core";
import type { Effective } from "./ports.ts";
import { sha256 } from "./value-hash.ts";

/** `sha256:…` over the lines `path TAB hash LF` of the entries, sorted bytewise by path. */
export function bundleHash(entries: readonly Pick<Effective, "ref" | "hash">[]): string {
  return sha256(bundleLines(entries.map(({ ref, hash }) => ({ path: formatPath(ref), hash }))));
}
