/**
 * A sealed value, version 1: how its bytes lie, and what they are bound to.
 *
 * 144 bytes more than the plaintext: version 1 · suite 2 · flags 1 · namespace key id 16 · its
 * version 4 · wrapped data key 40 · message id 32 · commitment 32 · ciphertext · tag 16. As text
 * `llmcfg1.` and base64url without padding.
 *
 * @module
 */

import { lengthPrefixed, uint16, uint64 } from "./bytes.ts";
import type { SealAddress } from "./ports.ts";

/** 1: AES-256-GCM. 2: ChaCha20-Poly1305. Both with HKDF-SHA-512 and a commitment to the key. */
export type Suite = 1 | 2;

export interface SealedValue {
  readonly suite: Suite;
  /** 16 bytes. */
  readonly keyId: Uint8Array;
  /** Of the namespace key, from 1; below 2^32. */
  readonly keyVersion: number;
  /** 40 bytes: the data key under the namespace key, RFC 5649. */
  readonly wrappedDataKey: Uint8Array;
  /** 32 bytes. */
  readonly messageId: Uint8Array;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
  readonly ciphertext: Uint8Array;
  /** 16 bytes. */
  readonly tag: Uint8Array;
}

export const MAX_PLAINTEXT_BYTES: number = 1.5 * 1024 * 1024;

const TEXT_PREFIX = "llmcfg1.";
const FORMAT_VERSION = 1;
const FLAGS = 0;
const HEADER_BYTES = 128;
const TAG_BYTES = 16;

export function formatSealedValue(value: SealedValue): string {
  const { suite, keyId, keyVersion, wrappedDataKey, messageId, commitment, ciphertext, tag } =
    value;
  const header = Buffer.alloc(24);
  header.writeUInt8(FORMAT_VERSION, 0);
  header.writeUInt16BE(suite, 1);
  header.writeUInt8(FLAGS, 3);
  header.set(keyId, 4);
  header.writeUInt32BE(keyVersion, 20);
  const bytes = Buffer.concat([header, wrappedDataKey, messageId, commitment, ciphertext, tag]);
  return TEXT_PREFIX + bytes.toString("base64url");
}

/** `undefined` for whatever is not exactly what {@link formatSealedValue} writes. */
export function parseSealedValue(text: string): SealedValue | undefined {
  const bytes = parseBytes(text);
  if (bytes === undefined || bytes.length < HEADER_BYTES + TAG_BYTES) return undefined;
  if (bytes.length > HEADER_BYTES + MAX_PLAINTEXT_BYTES + TAG_BYTES) return undefined;

  const suite = bytes.readUInt16BE(1);
  if (bytes.readUInt8(0) !== FORMAT_VERSION || bytes.readUInt8(3) !== FLAGS) return undefined;
  if (suite !== 1 && suite !== 2) return undefined;
  return {
    suite,
    keyId: bytes.subarray(4, 20),
    keyVersion: bytes.readUInt32BE(20),
    wrappedDataKey: bytes.subarray(24, 64),
    messageId: bytes.subarray(64, 96),
    commitment: bytes.subarray(96, HEADER_BYTES),
    ciphertext: bytes.subarray(HEADER_BYTES, -TAG_BYTES),
    tag: bytes.subarray(-TAG_BYTES),
  };
}

/** Node decodes leniently, so only what encodes to the same text again is taken. */
function parseBytes(text: string): Buffer | undefined {
  if (!text.startsWith(TEXT_PREFIX)) return undefined;
  const encoded = text.slice(TEXT_PREFIX.length);
  const bytes = Buffer.from(encoded, "base64url");
  return bytes.toString("base64url") === encoded ? bytes : undefined;
}

/**
 * What the tag covers beside the ciphertext. Lengths, not separators: no two addresses give the
 * same bytes.
 */
export function additionalDataOf(
  header: Pick<SealedValue, "suite" | "keyId" | "messageId" | "commitment">,
  address: SealAddress,
): Uint8Array {
  const { tenant, env, service, key, itemId, version } = address;
  return Buffer.concat([
    Buffer.from("LLC1"),
    uint16(header.suite),
    header.keyId,
    header.messageId,
    header.commitment,
    lengthPrefixed(tenant),
    lengthPrefixed(`${env}/${service}`),
    lengthPrefixed(key),
    lengthPrefixed(Buffer.from(itemId, "hex")),
    lengthPrefixed(uint64(version)),
    lengthPrefixed(address.class),
  ]);
}
