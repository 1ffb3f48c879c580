/**
 * The sealed form of a last good state on disk.
 *
 * ```
 * "LLCS" ‖ version 0x01 ‖ salt (32) ‖ commitment (32) ‖ ciphertext ‖ tag (16)
 * OKM  = HKDF-SHA-512(ikm = credential, salt, info = "LLCS1 last good state", L = 76)
 * key  = OKM[0..32)   commitment = OKM[32..64)   nonce = OKM[64..76)
 * AAD  = everything before the ciphertext ‖ length of scope (u32, big-endian) ‖ scope
 * ```
 *
 * Salt and with it key and nonce are new for each sealing, so no pair of them seals twice. The
 * commitment ties the ciphertext to one key; the scope ties it to one file.
 *
 * @module
 */

import {
  createCipheriv,
  createDecipheriv,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { LlmcfgError } from "@llmcfg/core";

/** What a sealed text belongs to: it opens for an equal address alone. */
export interface EnvelopeAddress {
  /** The credential the key is derived from. 256 random bits: no slow hash is needed. */
  readonly credential: string;
  readonly scope: string;
}

const MAGIC = Buffer.from("LLCS\x01", "latin1");
const SALT_BYTES = 32;
const HEADER_BYTES = MAGIC.length + SALT_BYTES + 32;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

export function seal(plaintext: Uint8Array, address: EnvelopeAddress): Uint8Array {
  const salt = randomBytes(SALT_BYTES);
  const { key, commitment, nonce } = derive(address.credential, salt);
  const header = Buffer.concat([MAGIC, salt, commitment]);
  try {
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(additional(header, address.scope));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([header, sealed, cipher.getAuthTag()]);
  } finally {
    key.fill(0);
  }
}

/**
 * Opens what {@link seal} gave for an equal address.
 *
 * @throws {LlmcfgError} `INTEGRITY_FAILED`, the one error for whatever does not fit: another
 *   credential, another scope, another version, a flipped bit, a missing end
 */
export function open(envelope: Uint8Array, address: EnvelopeAddress): Uint8Array {
  const bytes = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.byteLength);
  if (bytes.length < HEADER_BYTES + TAG_BYTES) throw refuse();
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw refuse();
  const header = bytes.subarray(0, HEADER_BYTES);
  const salt = bytes.subarray(MAGIC.length, MAGIC.length + SALT_BYTES);
  const { key, commitment, nonce } = derive(address.credential, salt);
  try {
    if (!timingSafeEqual(commitment, header.subarray(-commitment.length))) throw refuse();
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(additional(header, address.scope));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return finish(decipher, bytes.subarray(HEADER_BYTES, -TAG_BYTES));
  } finally {
    key.fill(0);
  }
}

function finish(decipher: ReturnType<typeof createDecipheriv>, sealed: Uint8Array): Uint8Array {
  const plaintext = decipher.update(sealed);
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    throw refuse();
  } finally {
    plaintext.fill(0);
  }
}

function derive(credential: string, salt: Uint8Array) {
  const okm = Buffer.from(hkdfSync("sha512", credential, salt, "LLCS1 last good state", 76));
  return { key: okm.subarray(0, 32), commitment: okm.subarray(32, 64), nonce: okm.subarray(64) };
}

function additional(header: Uint8Array, scope: string): Uint8Array {
  const name = Buffer.from(scope, "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([header, length, name]);
}

function refuse(): LlmcfgError {
  return new LlmcfgError("INTEGRITY_FAILED", "the stored state cannot be opened", {});
}
