/**
 * How a root key that lies here wraps other keys: version 1 · nonce 12 · ciphertext · tag 16, with
 * AES-256-GCM and the context, as canonical JSON (RFC 8785), as additional data.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import { canonicalize, SecretBytes } from "@llmcfg/core";
import type { KeyContext } from "../../modules/keys/ports.ts";

const FORMAT_VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function wrapKey(rootKey: KeyObject, key: Uint8Array, context: KeyContext): Uint8Array {
  if (key.length === 0) throw new TypeError("there is no key to wrap");
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", rootKey, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(canonicalize(context), "utf8"));
  const ciphertext = Buffer.concat([cipher.update(key), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT_VERSION), nonce, ciphertext, cipher.getAuthTag()]);
}

/** `undefined` unless root key, context and every byte are those of the wrapping. */
export function unwrapKey(
  rootKey: KeyObject,
  wrapped: Uint8Array,
  context: KeyContext,
): SecretBytes | undefined {
  if (wrapped.length <= 1 + NONCE_BYTES + TAG_BYTES || wrapped[0] !== FORMAT_VERSION) {
    return undefined;
  }
  const nonce = wrapped.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", rootKey, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(canonicalize(context), "utf8"));
  decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
  const key = decipher.update(wrapped.subarray(1 + NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
    return new SecretBytes(key);
  } catch {
    key.fill(0);
    return undefined;
  }
}
