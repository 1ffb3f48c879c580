const HASH_BYTES = 32;

/** Hashes one behind the other in one block of memory, which doubles as it fills. */
export class HashColumn {
  #bytes: Uint8Array = new Uint8Array(HASH_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @throws {TypeError} where it is not 32 bytes long */
  push(hash: Uint8Array): void {
    if (hash.length !== HASH_BYTES) throw new TypeError("a hash has 32 bytes");
    const start = this.#length * HASH_BYTES;
    if (start === this.#bytes.length) this.#grow();
    this.#bytes.set(hash, start);
    this.#length += 1;
  }

  /** A copy. */
  at(index: number): Uint8Array {
    if (index >= this.#length) throw new TypeError(`there is no hash ${index}`);
    return this.#bytes.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
