/**
 * All cryptography of the server but that of key providers: sealing, keyed hashes, signatures.
 *
 * Nothing here takes a nonce: it is derived, with the key, from a data key and a message id that
 * are drawn for each value. What cannot be opened gives one error, whatever the cause.
 *
 * @module
 */

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
} from "node:crypto";
import { type Json, LlmcfgError, SecretBytes } from "@llmcfg/core";
import { lengthPrefixed, uint16 } from "./bytes.ts";
import type { SealAddress } from "./ports.ts";
import {
  additionalDataOf,
  formatSealedValue,
  MAX_PLAINTEXT_BYTES,
  parseSealedValue,
  type SealedValue,
  type Suite,
} from "./sealed-value.ts";
import { formatNote, formatVerifierKey } from "./signed-note.ts";
import { taggedValue } from "./tagged-value.ts";

const KEY_BYTES = 32;
const TAG_BYTES = 16;

/** A key that wraps data keys. */
export interface NamespaceKey {
  /** 16 bytes in hex. */
  readonly id: string;
  /** From 1. */
  readonly version: number;
  /** 32 bytes. */
  readonly key: KeyObject;
}

/** 32 fresh random bytes for a key of any kind. */
export function createKey(): SecretBytes {
  return new SecretBytes(randomBytes(KEY_BYTES));
}

/**
 * A key as the calls below take it, out of the heap.
 *
 * @throws {LlmcfgError} `INTEGRITY_FAILED` unless it has 32 bytes
 */
export function toKeyObject(key: SecretBytes): KeyObject {
  return key.withBytes((bytes) => createSecretKey(requireLength(bytes, KEY_BYTES, "a key")));
}

/**
 * Seals a value under a data key of its own, for one address: `llmcfg1.…`.
 *
 * @throws {LlmcfgError} `VALUE_TOO_LARGE` above 1.5 MiB
 */
export function sealValue(
  namespaceKey: NamespaceKey,
  suite: Suite,
  address: SealAddress,
  plaintext: Uint8Array,
): string {
  requireAddress(address);
  requireSealable(plaintext);
  const keyId = requireLength(Buffer.from(namespaceKey.id, "hex"), 16, "the id of a key");
  const messageId = randomBytes(32);
  const dataKey = randomBytes(KEY_BYTES);
  const derived = deriveKeys(dataKey, messageId, suite);
  try {
    const header = { suite, keyId, messageId, commitment: Uint8Array.from(derived.commitment) };
    const body = encrypt(suite, derived, additionalDataOf(header, address), plaintext);
    const wrappedDataKey = wrapDataKey(namespaceKey.key, dataKey);
    return formatSealedValue({
      ...header,
      ...body,
      keyVersion: namespaceKey.version,
      wrappedDataKey,
    });
  } finally {
    dataKey.fill(0);
    derived.all.fill(0);
  }
}

/**
 * The sealed value as its parts, so that its namespace key can be found.
 *
 * @throws {LlmcfgError} `INTEGRITY_FAILED`
 */
export function requireSealedValue(address: SealAddress, sealed: string): SealedValue {
  const value = parseSealedValue(sealed);
  if (value === undefined) throw integrityFailure(address);
  return value;
}

/**
 * Opens a sealed value at the address of the row it was read from.
 *
 * The commitment is compared before anything is decrypted, and no byte is handed out before the
 * tag has been checked.
 *
 * @throws {LlmcfgError} `INTEGRITY_FAILED` for whatever does not fit
 */
export function openValue(key: KeyObject, address: SealAddress, sealed: SealedValue): SecretBytes {
  requireAddress(address);
  const dataKey = unwrapDataKey(key, sealed.wrappedDataKey);
  if (dataKey === undefined) throw integrityFailure(address);
  const derived = deriveKeys(dataKey, sealed.messageId, sealed.suite);
  try {
    const fits = timingSafeEqual(derived.commitment, sealed.commitment);
    const plaintext = fits
      ? decrypt(sealed, derived, additionalDataOf(sealed, address))
      : undefined;
    if (plaintext === undefined) throw integrityFailure(address);
    return plaintext;
  } finally {
    dataKey.fill(0);
    derived.all.fill(0);
  }
}

/** The one error for a value that does not open; the cause is for the log alone. */
export function integrityFailure(address: SealAddress, cause?: unknown): LlmcfgError {
  const { env, service, key, version } = address;
  const message = `${env}/${service}/${key} v${version} fails its integrity check`;
  return new LlmcfgError("INTEGRITY_FAILED", message, {}, { cause });
}

interface DerivedKeys {
  readonly key: Uint8Array;
  readonly commitment: Uint8Array;
  readonly nonce: Uint8Array;
  /** The bytes behind all three. */
  readonly all: Uint8Array;
}

function deriveKeys(dataKey: Uint8Array, messageId: Uint8Array, suite: Suite): DerivedKeys {
  const label = Buffer.concat([Buffer.from("LLC1"), uint16(suite), Buffer.from("seal")]);
  const all = new Uint8Array(hkdfSync("sha512", dataKey, messageId, label, 76));
  return {
    key: all.subarray(0, 32),
    commitment: all.subarray(32, 64),
    nonce: all.subarray(64, 76),
    all,
  };
}

function encrypt(
  suite: Suite,
  { key, nonce }: DerivedKeys,
  additionalData: Uint8Array,
  plaintext: Uint8Array,
): Pick<SealedValue, "ciphertext" | "tag"> {
  const options = { authTagLength: TAG_BYTES };
  const cipher =
    suite === 1
      ? createCipheriv("aes-256-gcm", key, nonce, options)
      : createCipheriv("chacha20-poly1305", key, nonce, options);
  cipher.setAAD(additionalData, { plaintextLength: plaintext.length });
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { ciphertext, tag: cipher.getAuthTag() };
}

function decrypt(
  { suite, ciphertext, tag }: SealedValue,
  { key, nonce }: DerivedKeys,
  additionalData: Uint8Array,
): SecretBytes | undefined {
  const options = { authTagLength: TAG_BYTES }; // without it Node 24 takes a tag of 4 bytes
  const decipher =
    suite === 1
      ? createDecipheriv("aes-256-gcm", key, nonce, options)
      : createDecipheriv("chacha20-poly1305", key, nonce, options);
  decipher.setAAD(additionalData, { plaintextLength: ciphertext.length });
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(ciphertext); // all of it: both are stream ciphers
  try {
    decipher.final();
    return new SecretBytes(plaintext);
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}

/** AES-256-KWP, RFC 5649. */
const KEY_WRAP = "id-aes256-wrap-pad";
const KEY_WRAP_IV: Uint8Array = Buffer.from("a65959a6", "hex");

function wrapDataKey(key: KeyObject, dataKey: Uint8Array): Uint8Array {
  const cipher = createCipheriv(KEY_WRAP, key, KEY_WRAP_IV);
  return Buffer.concat([cipher.update(dataKey), cipher.final()]);
}

function unwrapDataKey(key: KeyObject, wrapped: Uint8Array): Uint8Array | undefined {
  try {
    const decipher = createDecipheriv(KEY_WRAP, key, KEY_WRAP_IV);
    const dataKey = decipher.update(wrapped);
    decipher.final();
    return dataKey.length === KEY_BYTES ? dataKey : undefined;
  } catch {
    return undefined;
  }
}

/** What the tenant's own key is derived for. */
export type TenantPurpose = "audit-hmac" | "fingerprint" | "person";

export function deriveTenantKey(root: KeyObject, purpose: TenantPurpose): KeyObject {
  const bytes = new Uint8Array(hkdfSync("sha512", root, "", `LLC1-${purpose}`, KEY_BYTES));
  try {
    return createSecretKey(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** `hmac:` and 64 hex digits: differs between items and tenants for equal values. */
export function hashValue(
  key: KeyObject,
  item: { readonly tenant: string; readonly itemId: string },
  value: Json | Uint8Array,
): string {
  const itemId = requireLength(Buffer.from(item.itemId, "hex"), 16, "the id of an item");
  const hmac = createHmac("sha256", key)
    .update("LLC1-audit-value")
    .update(lengthPrefixed(item.tenant))
    .update(lengthPrefixed(itemId))
    .update(taggedValue(value));
  return `hmac:${hmac.digest("hex")}`;
}

/** 8 hex digits, equal for equal values under one key. */
export function fingerprintOf(key: KeyObject, value: Json | Uint8Array): string {
  const hmac = createHmac("sha256", key).update("LLC1-fingerprint").update(taggedValue(value));
  return hmac.digest("hex").slice(0, 8);
}

/** 32 bytes that only a holder of the key can make for the text and its purpose. */
export function authenticateText(
  key: KeyObject,
  about: { readonly tenant: string; readonly purpose: string },
  text: string,
): Uint8Array {
  return createHmac("sha256", key)
    .update("LLC1-text")
    .update(lengthPrefixed(about.tenant))
    .update(lengthPrefixed(about.purpose))
    .update(lengthPrefixed(text))
    .digest();
}

/** What stands before the seed of an Ed25519 key in PKCS #8, RFC 8410 section 7. */
const PKCS8_ED25519: Uint8Array = Buffer.from("302e020100300506032b657004220420", "hex");

/** The Ed25519 private key of a seed of 32 bytes. */
export function createSigningKey(seed: SecretBytes): KeyObject {
  return seed.withBytes((bytes) => {
    requireLength(bytes, KEY_BYTES, "a key");
    const der = Buffer.alloc(PKCS8_ED25519.length + KEY_BYTES);
    der.set(PKCS8_ED25519);
    der.set(bytes, PKCS8_ED25519.length);
    try {
      return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    } finally {
      der.fill(0);
    }
  });
}

/**
 * The text as a note signed under the name.
 *
 * @param text lines, each ended
 */
export function signText(key: KeyObject, name: string, text: string): string {
  if (!text.endsWith("\n")) throw new TypeError("the text of a note ends in a line feed");
  const signature = sign(undefined, Buffer.from(text, "utf8"), key);
  return formatNote(text, { name, publicKey: publicKeyOf(key) }, signature);
}

/** The C2SP verifier key that belongs to a private key. */
export function verifierKeyOf(key: KeyObject, name: string): string {
  return formatVerifierKey({ name, publicKey: publicKeyOf(key) });
}

/** The last 32 bytes of the SPKI form, RFC 8410 section 4. */
function publicKeyOf(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-KEY_BYTES);
}

function requireAddress({ itemId, version }: SealAddress): void {
  requireLength(Buffer.from(itemId, "hex"), 16, "the id of an item");
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new TypeError(`a version is a whole number from 1, not ${version}`);
  }
}

function requireSealable(plaintext: Uint8Array): void {
  if (plaintext.length <= MAX_PLAINTEXT_BYTES) return;
  const message = `a secret has at most ${MAX_PLAINTEXT_BYTES} bytes, this one ${plaintext.length}`;
  throw new LlmcfgError("VALUE_TOO_LARGE", message, { limit: MAX_PLAINTEXT_BYTES });
}

function requireLength<B extends Uint8Array>(bytes: B, length: number, what: string): B {
  if (bytes.length === length) return bytes;
  throw new LlmcfgError("INTEGRITY_FAILED", `${what} has ${length} bytes, not ${bytes.length}`, {});
}
