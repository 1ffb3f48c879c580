/**
 * How leaves and nodes of a log are hashed (RFC 6962, section 2.1).
 *
 * @module
 */

/** SHA-256, handed in because a browser has another one than Node. 32 bytes. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** The hash of an entry: SHA-256(0x00 ‖ entry). The prefix keeps entries from passing as nodes. */
export function leafHash(entry: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(prefixed(LEAF, entry));
}

/** The hash of two subtrees: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(prefixed(NODE, left, right));
}

const LEAF = 0;
const NODE = 1;

const NOTHING = new Uint8Array();

/** Written out, because verifying a log makes one for each record. */
function prefixed(prefix: number, first: Uint8Array, second: Uint8Array = NOTHING): Uint8Array {
  const whole = new Uint8Array(1 + first.length + second.length);
  whole[0] = prefix;
  whole.set(first, 1);
  whole.set(second, 1 + first.length);
  return whole;
}
