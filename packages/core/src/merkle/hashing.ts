/**
 * How leaves and nodes of a log are hashed (RFC 6962, section 2.1).
 *
 * @module
 */

/** SHA-256, handed in because a browser has another one than Node. 32 bytes. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** The hash of an entry: SHA-256(0x00 ‖ entry). The prefix keeps entries from passing as nodes. */
export function leafHash(entry: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concat(LEAF, entry));
}

/** The hash of two subtrees: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concat(NODE, left, right));
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
