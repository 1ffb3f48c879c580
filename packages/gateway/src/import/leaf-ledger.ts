import { type ConfigPath, formatConfigPath, type Located, type PathSegment } from "@llmcfg/config";
import {
  createLossReport,
  DISPOSITIONS,
  type Disposition,
  type LossEntry,
  type LossReport,
} from "./loss-report.ts";

/** What became of a leaf. */
export interface Settlement {
  readonly disposition: Disposition;
  readonly to?: ConfigPath | undefined;
  readonly note?: string | undefined;
}

interface Leaf {
  readonly path: string;
  readonly node: Located;
  settlement: Settlement | undefined;
  remark: string | undefined;
}

/**
 * Keeps account of every leaf of the input, so that none is dropped in silence: a leaf is a scalar,
 * or an empty object or list. A leaf that is settled twice keeps the greater loss.
 */
export class LeafLedger {
  readonly #leaves: Leaf[] = [];
  readonly #byNode = new Map<Located, Leaf>();
  readonly #segments = new Map<Located, readonly PathSegment[]>();
  readonly #further: LossEntry[] = [];
  readonly #keyOf: (item: Located) => string | undefined;

  /** @param keyOf the name of an item of a list, where it has one; else its place counts */
  constructor(keyOf: (item: Located) => string | undefined = () => undefined) {
    this.#keyOf = keyOf;
  }

  /** Takes all leaves of a tree into account. */
  enter(node: Located, path: readonly PathSegment[] = []): void {
    const text = formatConfigPath(path);
    this.#segments.set(node, path);
    if (isLeaf(node)) {
      const leaf: Leaf = { path: text, node, settlement: undefined, remark: undefined };
      this.#leaves.push(leaf);
      this.#byNode.set(node, leaf);
    } else if (node.type === "object") {
      for (const [name, value] of node.entries)
        this.enter(value, [...path, { type: "member", name }]);
    } else if (node.type === "array") {
      for (const [index, item] of node.items.entries()) {
        const key = this.#keyOf(item);
        const segment: PathSegment =
          key === undefined ? { type: "index", index } : { type: "item", key };
        this.enter(item, [...path, segment]);
      }
    }
  }

  /** Takes a tree into account that stands below a node without being part of what was read. */
  enterBeside(parent: Located, node: Located, path: readonly PathSegment[]): void {
    this.enter(node, [...(this.#segments.get(parent) ?? []), ...path]);
  }

  /** Where a node stands in the input. */
  pathOf(node: Located): string {
    return formatConfigPath(this.#segments.get(node) ?? []);
  }

  /** Says what became of all leaves in the tree. */
  settle(node: Located | undefined, settlement: Settlement): void {
    if (node === undefined) return;
    for (const leaf of this.#leavesIn(node)) {
      const before = leaf.settlement;
      if (before === undefined || lossOf(settlement) > lossOf(before)) leaf.settlement = settlement;
    }
  }

  /** Adds a sentence to what is said about the leaves. */
  remark(node: Located, remark: string): void {
    for (const leaf of this.#leavesIn(node)) leaf.remark = joined(leaf.remark, remark);
  }

  /** Whether nothing has been said about a leaf. */
  isOpen(leaf: Located): boolean {
    return this.#byNode.get(leaf)?.settlement === undefined;
  }

  /** A value that had to be added. */
  assume(to: ConfigPath, note: string): void {
    this.#further.push({ disposition: "assumed", from: undefined, to, note });
  }

  /** Why nothing is written, where no leaf is to blame. */
  refuse(entry: Omit<LossEntry, "disposition" | "from">): void {
    this.#further.push({ disposition: "refused", from: undefined, ...entry });
  }

  get isRefused(): boolean {
    return this.report().counts.refused > 0;
  }

  /** @throws {TypeError} where a leaf was forgotten, which is a defect of the importer */
  report(): LossReport {
    const entries = this.#leaves.map(toEntry);
    return createLossReport([...entries, ...this.#further], this.#leaves.length);
  }

  *#leavesIn(node: Located): Iterable<Leaf> {
    const leaf = this.#byNode.get(node);
    if (leaf !== undefined) yield leaf;
    else if (node.type === "object")
      for (const value of node.entries.values()) yield* this.#leavesIn(value);
    else if (node.type === "array") for (const item of node.items) yield* this.#leavesIn(item);
  }
}

export function isLeaf(node: Located): boolean {
  if (node.type === "object") return node.entries.size === 0;
  return node.type === "scalar" || node.items.length === 0;
}

function lossOf({ disposition }: Settlement): number {
  return DISPOSITIONS.indexOf(disposition);
}

function toEntry({ path, node, settlement, remark }: Leaf): LossEntry {
  if (settlement === undefined) throw new TypeError(`nothing was said about ${path}`);
  const note = joined(remark, settlement.note);
  const { disposition, to } = settlement;
  return {
    disposition,
    from: path,
    ...(node.at.kind === "file" ? { position: node.at } : {}),
    ...(to === undefined ? {} : { to }),
    ...(note === undefined ? {} : { note }),
  };
}

function joined(first: string | undefined, second: string | undefined): string | undefined {
  return first === undefined || second === undefined ? (first ?? second) : `${first}; ${second}`;
}
