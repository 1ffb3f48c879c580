import { type RollbackTarget, VersionHistory } from "../history/history.ts";
import type { Hold } from "../history/holds.ts";
import { KeptContents, KeptOrigin } from "../history/kept-origin.ts";
import type { SourceState } from "../load/source-state.ts";
import type { DeepReadonly } from "../schema/config-types.ts";
import type { SecretStore } from "../secrets/secret-store.ts";
import type { Booted } from "./boot.ts";
import type { KeptVersion, Origin, Version } from "./version.ts";

export interface AcceptedVersionsOptions<T> {
  readonly historySize: number;
  readonly store: SecretStore;
  /** The one moment in which everything changes: assigns, and does nothing else. */
  readonly swap: (version: Version<T>) => void;
}

/** A version has taken the place of another. */
export interface Replacement {
  /** The one before is current again, as if nothing had happened; its number stays used. */
  readonly putBack: () => void;
  /** What the one before does not need as a version of the past goes once there is time for it. */
  readonly settle: () => void;
}

/** The configuration that is accepted, those before it, and what is on hold. */
export class AcceptedVersions<T> {
  readonly history: VersionHistory<KeptVersion<T>>;
  /** What the process began with: what waits for a restart is measured by it. */
  readonly boot: DeepReadonly<T>;
  holds: readonly Hold[];
  /** Version 1 is what was stored: the sources are still to be read as at a start. */
  isFallback: boolean;
  readonly #options: AcceptedVersionsOptions<T>;
  readonly #contents = new KeptContents();
  #current: Version<T>;
  /** Numbers are never used again, not even that of a swap which was taken back. */
  #lastNumber = 1;
  /** What is left to do once a change is over. */
  readonly #untidy: (() => Iterator<void, void>)[] = [];

  constructor({ first, holds, fallback }: Booted<T>, options: AcceptedVersionsOptions<T>) {
    this.history = new VersionHistory(options.historySize);
    this.boot = first.snapshot.config;
    this.holds = holds;
    this.isFallback = fallback !== undefined;
    this.#options = options;
    this.#current = first;
  }

  get current(): Version<T> {
    return this.#current;
  }

  get nextNumber(): number {
    return this.#lastNumber + 1;
  }

  find(target: RollbackTarget): KeptVersion<T> | undefined {
    return this.history.find(target);
  }

  replace(version: Version<T>): Replacement {
    const previous = this.#current;
    const origin = new KeptOrigin(previous.origin, this.#contents);
    this.#lastNumber = version.snapshot.version;
    const takeBack = this.history.push({ ...previous, origin });
    this.#assign(version);
    return {
      putBack: () => {
        takeBack();
        this.#assign(previous);
      },
      settle: () => {
        const next = this.#current.origin;
        this.#untidy.push(() => origin.shrinkInSteps(next));
      },
    };
  }

  /** The same configuration, with what is now known of where it comes from. */
  refresh(
    origin: Partial<Origin<T>>,
    warnings: Version<T>["warnings"] = this.#current.warnings,
  ): void {
    const { snapshot, effective, entry, origin: before } = this.#current;
    const { states, layers, merged, tree, ...rest } = { ...before, ...origin };
    const { ignored, expansions, backends } = rest;
    const kept = { states, layers, merged, tree, ignored, expansions, backends };
    this.#assign({ snapshot, effective, entry, origin: kept, warnings });
  }

  /**
   * How the sources do by now, whatever becomes of what they delivered: since when one cannot be
   * reached is known also while the content of another one is refused.
   */
  noteConditions(read: readonly SourceState[]): void {
    const now = new Map(read.map((state) => [state.ranked.id, state]));
    const states = this.#current.origin.states.map((state): SourceState => {
      const { condition, staleSinceMs } = now.get(state.ranked.id) ?? state;
      return { ...state, condition, staleSinceMs };
    });
    this.refresh({ states });
  }

  /** The next piece of work that {@link Replacement.settle} left. */
  nextToTidy(): Iterator<void, void> | undefined {
    return this.#untidy.shift()?.();
  }

  /** @returns whether there was a hold */
  releaseHold(source: string | undefined): boolean {
    const before = this.holds.length;
    this.holds = source === undefined ? [] : this.holds.filter((hold) => hold.source !== source);
    return this.holds.length < before;
  }

  #assign(version: Version<T>): void {
    this.#current = version;
    this.#options.store.backends = version.origin.backends;
    this.#options.swap(version);
  }
}
