/**
 * The sealed form of what a state folder keeps.
 *
 * ```
 * "LLCF" ‖ version 0x01 ‖ salt (32) ‖ nonce (12) ‖ ciphertext ‖ tag (16)
 * key = HKDF-SHA-512(ikm = stateKey as UTF-8, salt, info = "LLCF1 state file", L = 32)
 * AAD = everything before the ciphertext ‖ length of scope (u32, big-endian) ‖ scope as UTF-8
 * ```
 *
 * AES-256-GCM. Salt, and with it the key, and nonce are random for each sealing. The scope ties the
 * ciphertext to one file of one schema.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { ConfigError } from "../errors.ts";

/** What a sealed text belongs to: it opens for an equal address alone. */
export interface EnvelopeAddress {
  /** 256 random bits in any spelling: no slow hash is applied. */
  readonly stateKey: string;
  readonly scope: string;
}

const MAGIC = Buffer.from("LLCF\x01", "latin1");
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const HEADER_BYTES = MAGIC.length + SALT_BYTES + NONCE_BYTES;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

export function seal(plaintext: Uint8Array, address: EnvelopeAddress): Uint8Array {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const header = Buffer.concat([MAGIC, salt, nonce]);
  const key = deriveKey(address, salt);
  try {
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(additional(header, address));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([header, sealed, cipher.getAuthTag()]);
  } finally {
    key.fill(0);
  }
}

/**
 * Opens what {@link seal} gave for an equal address.
 *
 * @throws {ConfigError} `state_unopened`, the one error for whatever does not fit: another key,
 *   another scope, another version, a flipped bit, a missing end
 */
export function open(envelope: Uint8Array, address: EnvelopeAddress): Uint8Array {
  const bytes = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.byteLength);
  if (bytes.length < HEADER_BYTES + TAG_BYTES) throw refuse();
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw refuse();
  const header = bytes.subarray(0, HEADER_BYTES);
  const salt = header.subarray(MAGIC.length, MAGIC.length + SALT_BYTES);
  const nonce = header.subarray(-NONCE_BYTES);
  const key = deriveKey(address, salt);
  try {
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(additional(header, address));
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

function deriveKey({ stateKey }: EnvelopeAddress, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha512", stateKey, salt, "LLCF1 state file", 32));
}

function additional(header: Uint8Array, { scope }: EnvelopeAddress): Uint8Array {
  const name = Buffer.from(scope, "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([header, length, name]);
}

function refuse(): ConfigError {
  const message = "it does not open with this stateKey: another one sealed it, or it is damaged";
  return new ConfigError("state_unopened", message);
}
