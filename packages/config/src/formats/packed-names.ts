import type { PackedTree } from "./packed-tree.ts";
import type { PlacedText, TextPlace } from "./unpack-tree.ts";

/** A packed tree with what it takes to say where its names stand. */
export interface NameTable {
  readonly packed: PackedTree;
  /** Those of the tree, each once: equal names are the same. */
  readonly names: readonly string[];
  readonly source: PlacedText;
}

/**
 * Where the names of one object stand. The places are made when they are asked for: a large file has
 * very many of them, and to keep them all would cost more than the values themselves.
 *
 * In the order of the object a name is found at once, else in O(names of the object).
 */
export class PackedNames implements ReadonlyMap<string, TextPlace> {
  readonly #table: NameTable;
  /** Entries of the tree. */
  readonly #entries: number[];
  #added = 0;
  /** The one that is probably asked for next. */
  #next = 0;

  /** @param size how many will be added */
  constructor(table: NameTable, size: number) {
    this.#table = table;
    this.#entries = Array.from({ length: size }, () => 0); // one that grows would take more
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Takes an entry of the tree for one of this object. @returns its name */
  add(entry: number): string {
    this.#entries[this.#added++] = entry;
    return this.#nameOf(entry);
  }

  get(name: string): TextPlace | undefined {
    const { length } = this.#entries;
    for (let tried = 0; tried < length; tried++) {
      const entry = this.#entries[this.#next] ?? 0;
      this.#next = (this.#next + 1) % length;
      if (this.#nameOf(entry) === name) return this.#placeOf(entry);
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.#entries.some((entry) => this.#nameOf(entry) === name);
  }

  *keys(): Generator<string, undefined> {
    for (const entry of this.#entries) yield this.#nameOf(entry);
    return undefined;
  }

  *values(): Generator<TextPlace, undefined> {
    for (const entry of this.#entries) yield this.#placeOf(entry);
    return undefined;
  }

  *entries(): Generator<[string, TextPlace], undefined> {
    for (const entry of this.#entries) yield [this.#nameOf(entry), this.#placeOf(entry)];
    return undefined;
  }

  [Symbol.iterator](): Generator<[string, TextPlace], undefined> {
    return this.entries();
  }

  forEach(
    visit: (place: TextPlace, name: string, all: ReadonlyMap<string, TextPlace>) => void,
    self?: unknown,
  ): void {
    for (const [name, place] of this) visit.call(self, place, name, this);
  }

  #nameOf(entry: number): string {
    return this.#table.names[this.#table.packed.nameIds[entry] ?? 0] ?? "";
  }

  #placeOf(entry: number): TextPlace {
    const { nameSpans } = this.#table.packed;
    return this.#table.source.placeOf(nameSpans[2 * entry] ?? 0, nameSpans[2 * entry + 1] ?? 0);
  }
}
