/**
 * The SHA-256 of a text's UTF-8, in hexadecimal.
 *
 * Node hashes at once; the Web Crypto API, which every other runtime has, makes each hash a task of
 * its own, which takes a hundred times as long and is felt where a thousand watches hash together.
 *
 * @see FIPS 180-4
 */
export async function sha256(text: string): Promise<string> {
  const node = globalThis.process?.getBuiltinModule?.("node:crypto");
  if (node !== undefined) return node.hash("sha256", text);
  return webSha256(text);
}

/** As {@link sha256}, with what browsers have as well. */
export async function webSha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
