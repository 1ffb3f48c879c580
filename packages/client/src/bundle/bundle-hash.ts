import { bundleLines, formatPath } from "@llmcfg/core";

/**
 * The proof of a namespace's state, `sha256:…`.
 *
 * @param hashes hash by key, of every effective key of the namespace
 */
export async function bundleHash(
  { env, service }: { readonly env: string; readonly service: string },
  hashes: ReadonlyMap<string, string>,
): Promise<string> {
  const entries = [...hashes].map(([key, hash]) => ({
    path: formatPath({ env, service, key }),
    hash,
  }));
  const lines = new TextEncoder().encode(bundleLines(entries));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", lines));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
