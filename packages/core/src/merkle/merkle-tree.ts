import { HashColumn } from "./hash-column.ts";
import { nodeHash, type Sha256 } from "./hashing.ts";

/**
 * The Merkle tree of a log that only grows, with the roots and proofs of each size it ever had.
 *
 * Keeps the hash of every complete subtree: 64 bytes a leaf. Single-threaded, as JavaScript is.
 *
 * @see RFC 6962, section 2.1
 */
export class MerkleTree {
  readonly #sha256: Sha256;
  /** At level n the hashes of the complete subtrees of 2^n leaves, from the left. */
  readonly #levels: HashColumn[] = [new HashColumn()];

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** How many leaves there are. */
  get size(): number {
    return this.#level(0).length;
  }

  /**
   * Adds the leaf at index {@link size}. Amortised O(1).
   *
   * @param hash of {@link leafHash}; copied
   * @throws {TypeError} where it is not 32 bytes long
   */
  append(hash: Uint8Array): void {
    this.#level(0).push(hash);
    for (let level = 0; this.#level(level).length % 2 === 0; level++) {
      const { length } = this.#level(level);
      const left = this.#level(level).at(length - 2);
      const right = this.#level(level).at(length - 1);
      this.#level(level + 1).push(nodeHash(left, right, this.#sha256));
    }
  }

  /**
   * The root of the tree of the first `size` leaves; of none, the hash of nothing. O(log size).
   *
   * @throws {TypeError} where there are not so many
   */
  rootAt(size: number): Uint8Array {
    this.#requireSize(size);
    return size === 0 ? this.#sha256(new Uint8Array()) : this.#rootOf(0, size);
  }

  /**
   * What proves that the leaf at `index` is in the tree of the first `size` leaves: hashes of
   * siblings from the leaf upwards, 32 bytes each. O(log size) hashes. See {@link verifyInclusion}.
   *
   * @throws {TypeError} where there are not so many leaves, or `index` is not below `size`
   * @see RFC 6962, section 2.1.1
   */
  inclusionProof(index: number, size: number): readonly Uint8Array[] {
    this.#requireSize(size);
    if (!Number.isInteger(index) || index < 0 || index >= size) {
      throw new TypeError(`there is no leaf ${index} in a tree of ${size}`);
    }
    const downwards: Uint8Array[] = [];
    let [start, end] = [0, size];
    while (end - start > 1) {
      const split = start + largestPowerBelow(end - start);
      const isLeft = index < split;
      downwards.push(isLeft ? this.#rootOf(split, end) : this.#rootOf(start, split));
      [start, end] = isLeft ? [start, split] : [split, end];
    }
    return downwards.toReversed();
  }

  /** Of the leaves from `start` up to `end`; `start` is a multiple of a power of two ≥ their number. */
  #rootOf(start: number, end: number): Uint8Array {
    const count = end - start;
    if (count === 1) return this.#level(0).at(start);
    const half = largestPowerBelow(count);
    if (count === 2 * half) return this.#level(Math.log2(count)).at(start / count);
    const split = start + half;
    return nodeHash(this.#rootOf(start, split), this.#rootOf(split, end), this.#sha256);
  }

  #level(level: number): HashColumn {
    const known = this.#levels[level];
    if (known !== undefined) return known;
    const column = new HashColumn();
    this.#levels[level] = column;
    return column;
  }

  #requireSize(size: number): void {
    if (Number.isInteger(size) && size >= 0 && size <= this.size) return;
    throw new TypeError(`there is no tree of ${size} in one of ${this.size} leaves`);
  }
}

/** The largest power of two that is less than `count`, which is at least 2. */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
