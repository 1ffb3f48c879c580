import type { Json } from "@llmcfg/core";
import type { Trigger } from "../reload/trigger.ts";

/** The configurations that were accepted before the current one, as many as `historySize`. */
export interface History {
  /** How many there are. */
  readonly size: number;
  /** 0 = the one before the current. */
  get(index: number): HistoryEntry | undefined;
  /** The newest first. */
  list(): readonly HistoryEntry[];
}

/** One configuration that was accepted before, with references as text. */
export interface HistoryEntry {
  readonly version: number;
  readonly label: string | undefined;
  readonly checksum: string;
  readonly acceptedAt: Date;
  readonly actor?: string;
  readonly trigger: Trigger;
  /** References as text, literals as `[redacted]`. */
  readonly document: Json;
  readonly sources: readonly {
    readonly id: string;
    readonly hash: string;
    readonly revision?: string;
  }[];
}

/** Names a configuration of the history, or by `version` the current one too. */
export type RollbackTarget =
  /** Index in the history. */
  | number
  | { readonly index: number }
  | { readonly version: number }
  | { readonly checksum: string }
  | { readonly label: string }
  /** The one that was current then. */
  | { readonly before: Date };

/** What is known of each kept version. */
interface Kept {
  readonly entry: HistoryEntry;
}

/** Keeps so many versions before the current one; the oldest goes first. */
export class VersionHistory<V extends Kept> implements History {
  readonly #limit: number;
  /** The newest first. */
  #versions: readonly V[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#versions.length;
  }

  get(index: number): HistoryEntry | undefined {
    return this.#versions[index]?.entry;
  }

  list(): readonly HistoryEntry[] {
    return this.#versions.map(({ entry }) => entry);
  }

  /** @returns what takes it back again, before anything else is pushed */
  push(version: V): () => void {
    const before = this.#versions;
    this.#versions = [version, ...before].slice(0, this.#limit);
    return () => {
      this.#versions = before;
    };
  }

  find(target: RollbackTarget): V | undefined {
    if (typeof target === "number") return this.#versions[target];
    if (!isNamed(target)) return undefined;
    if ("index" in target) return this.#versions[target.index];
    return this.#versions.find(({ entry }) => {
      if ("version" in target) return entry.version === target.version;
      if ("checksum" in target) return entry.checksum === target.checksum;
      if ("label" in target) return entry.label === target.label;
      return entry.acceptedAt < target.before;
    });
  }
}

/** The target in words: `3`, `checksum 5b0e…`. */
export function describeTarget(target: RollbackTarget): string {
  if (!isNamed(target)) return String(target);
  if ("before" in target) return `before ${describeTime(target.before)}`;
  const [[name, value] = ["", "{}"]] = Object.entries(target);
  return name === "index" || name === "version" ? String(value) : `${name} ${String(value)}`.trim();
}

/** As {@link describeTarget}, for records: an index is told from a version. */
export function nameTarget(target: RollbackTarget): string {
  if (!isNamed(target)) return `index ${target}`;
  const isNumber = "index" in target || "version" in target;
  const [name = ""] = Object.keys(target);
  return isNumber ? `${name} ${describeTarget(target)}` : describeTarget(target);
}

/** Whoever calls without types may pass anything: it names no version then. */
function isNamed(target: RollbackTarget): target is Exclude<RollbackTarget, number> {
  return typeof target === "object" && target !== null;
}

function describeTime(time: Date): string {
  return Number.isNaN(time.valueOf()) ? "an invalid date" : time.toISOString();
}
