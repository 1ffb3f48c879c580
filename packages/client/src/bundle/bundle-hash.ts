import { compareBytewise, formatPath } from "@llmcfg/core";

/**
 * The proof of a namespace's state, `sha256:…`: over the lines `path TAB hash LF` of its effective
 * keys, sorted bytewise.
 *
 * @param hashes hash by key, of every effective key of the namespace
 */
export async function bundleHash(
  { env, service }: { readonly env: string; readonly service: string },
  hashes: ReadonlyMap<string, string>,
): Promise<string> {
  const keys = [...hashes.keys()].toSorted(compareBytewise);
  const lines = keys.map((key) => `${formatPath({ env, service, key })}\t${hashes.get(key)}\n`);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lines.join("")));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  return `sha256:${hex.join("")}`;
}
