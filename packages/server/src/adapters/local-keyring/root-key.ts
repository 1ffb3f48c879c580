import { createHash, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { LlmcfgError, type SecretBytes } from "@llmcfg/core";
import type { KeyContext, RootKey } from "../../modules/keys/ports.ts";
import { unwrapKey, wrapKey } from "./envelope.ts";

export const ROOT_KEY_BYTES = 32;

/** A root key in the memory of this process. */
export class LocalRootKey implements RootKey {
  readonly keyId: string;
  readonly #key: KeyObject;

  /** @param key 32 bytes, copied out of the heap; the caller wipes them */
  constructor(key: Uint8Array) {
    if (key.length !== ROOT_KEY_BYTES) throw new TypeError("a root key has 32 bytes");
    this.keyId = createHash("sha256").update(key).digest("hex").slice(0, 16);
    this.#key = createSecretKey(key);
  }

  async wrap(key: Uint8Array, context: KeyContext): Promise<Uint8Array> {
    return wrapKey(this.#key, key, context);
  }

  async unwrap(wrapped: Uint8Array, context: KeyContext): Promise<SecretBytes> {
    const key = unwrapKey(this.#key, wrapped, context);
    if (key !== undefined) return key;
    const message = `root key ${this.keyId} does not open a key that the store keeps`;
    throw new LlmcfgError("INTEGRITY_FAILED", message, {});
  }
}

/** A root key that is never written: what it wraps is lost when the process ends. */
export function ephemeralKeyring(): RootKey {
  const key = randomBytes(ROOT_KEY_BYTES);
  try {
    return new LocalRootKey(key);
  } finally {
    key.fill(0);
  }
}
