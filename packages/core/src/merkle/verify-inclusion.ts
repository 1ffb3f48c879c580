import { nodeHash, type Sha256 } from "./hashing.ts";

/** What is claimed, and what is to prove it. */
export interface InclusionClaim {
  /** Of the entry, as {@link leafHash} gives it. */
  readonly leafHash: Uint8Array;
  readonly index: number;
  /** Of the tree. */
  readonly size: number;
  /** From the leaf upwards. */
  readonly proof: readonly Uint8Array[];
  /** Of the tree of `size` leaves, from somebody who is trusted. */
  readonly root: Uint8Array;
}

/**
 * Whether the proof shows that the leaf is at `index` of the tree with this size and root.
 *
 * False for whatever is not such a proof; never throws. O(log size).
 *
 * @see RFC 9162, section 2.1.3.2
 */
export function verifyInclusion(claim: InclusionClaim, sha256: Sha256): boolean {
  const { index, size, proof, root } = claim;
  const isPlace = Number.isSafeInteger(index) && index >= 0 && Number.isSafeInteger(size);
  if (!isPlace || index >= size) return false;

  let hash = claim.leafHash;
  let [node, last] = [index, size - 1]; // their places at the level that `hash` belongs to
  for (const sibling of proof) {
    if (last === 0) return false;
    const isRight = node % 2 === 1;
    if (isRight || node === last) {
      hash = nodeHash(sibling, hash, sha256);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, sibling, sha256);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equalBytes(hash, root);
}

function isOdd(n: number): boolean {
  return n % 2 === 1;
}

function half(n: number): number {
  return Math.floor(n / 2);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
