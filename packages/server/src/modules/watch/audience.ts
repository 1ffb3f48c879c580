import type { Revision } from "@llmcfg/core";
import type { Access } from "../policy/ports.ts";
import { isShown, mayFollowAll, seesAll } from "./reader-rights.ts";
import type { Selection } from "./selection.ts";
import type { SelectionState } from "./selection-state.ts";
import { byPath, type Delta, type KeyChange, type ShownKey, showsDifference } from "./shown-key.ts";
import { bundleHash } from "./sorted-keys.ts";

/** What a delta is to an audience. */
export interface Projection {
  /** What it is told: the delta itself where that is everything, `undefined` where it is nothing. */
  readonly told: Delta | undefined;
  /** The keys it gets in a form of its own from now on; `undefined` for those it no longer does. */
  readonly own: ReadonlyMap<string, ShownKey | undefined>;
}

const NOTHING: Projection = { told: undefined, own: new Map() };

/**
 * What callers with the same rights see of a selection: the keys that are shown to them, each as
 * their rights let them read its references.
 *
 * Most see everything: for them it is the state itself and its deltas, shared.
 */
export class Audience {
  readonly access: Access;
  readonly #state: SelectionState;
  readonly #seesAll: boolean;
  /** Keys whose references may not all be followed, as this audience gets them. */
  readonly #own = new Map<string, ShownKey>();
  #revision: Revision;
  #hash: string | undefined;

  private constructor(access: Access, selection: Selection, state: SelectionState) {
    this.access = access;
    this.#state = state;
    this.#revision = state.revision;
    this.#seesAll = seesAll(access, selection.namespaces);
  }

  static async open(
    access: Access,
    selection: Selection,
    state: SelectionState,
  ): Promise<Audience> {
    const audience = new Audience(access, selection, state);
    for (const key of state.keys.all()) {
      const own = await audience.#ownFormOf(key, state.revision);
      if (own !== undefined) audience.#own.set(key.path, own.key);
    }
    return audience;
  }

  /** The revision that {@link hash} is of. */
  get revision(): Revision {
    return this.#revision;
  }

  /** Of the bundle that this audience may see. */
  get hash(): string {
    if (this.#seesAll && this.#own.size === 0) return this.#state.keys.hash;
    this.#hash ??= bundleHash(this.#shownKeys());
    return this.#hash;
  }

  /** What the next delta of the state is to this audience; nothing is altered. */
  async prepare(delta: Delta | undefined): Promise<Projection> {
    if (delta === undefined) return NOTHING;
    const touched = [...delta.changes, ...delta.unchanged];
    if (this.#seesAll && !touched.some((change) => this.#isSpecial(change))) {
      return { ...NOTHING, told: delta.changes.length === 0 ? undefined : delta };
    }
    return await this.#project(delta, touched);
  }

  /** Takes in what was prepared, after the state has done so. */
  commit(revision: Revision, { told, own }: Projection): void {
    this.#revision = revision;
    for (const [path, key] of own) {
      if (key === undefined) this.#own.delete(path);
      else this.#own.set(path, key);
    }
    if (told !== undefined) this.#hash = undefined;
  }

  async #project(delta: Delta, touched: readonly KeyChange[]): Promise<Projection> {
    const own = new Map<string, ShownKey | undefined>();
    const changes: KeyChange[] = [];
    const toldToAll = new Set(delta.changes);
    for (const change of touched) {
      const form = await this.#ownFormOf(change.after, delta.revision);
      if (form !== undefined || this.#own.has(change.path)) own.set(change.path, form?.key);
      const seen = this.#seenChange(change, form);
      if (this.#isTold(seen, change, toldToAll)) changes.push(seen);
    }
    if (changes.length === 0) return { told: undefined, own };
    return { told: { ...delta, changes: changes.toSorted(byPath), unchanged: [] }, own };
  }

  /** The change between what this audience saw and sees: the same object where all see that. */
  #seenChange(change: KeyChange, form: OwnForm | undefined): KeyChange {
    const before = this.#own.get(change.path) ?? this.#ifShown(change.before);
    const after = form?.key ?? this.#ifShown(change.after);
    if (before === change.before && after === change.after) return change;
    const removedBy = after === undefined ? (change.removedBy ?? change.after) : undefined;
    return {
      ...change,
      before,
      after,
      removedBy,
      value: form === undefined ? change.value : form.value,
    };
  }

  #isTold(seen: KeyChange, change: KeyChange, toldToAll: ReadonlySet<KeyChange>): boolean {
    if (seen !== change) return showsDifference(seen.before, seen.after);
    if (!toldToAll.has(change)) return false;
    if (change.before !== undefined || change.after !== undefined) return true;
    return this.#isShown(change);
  }

  /** Whether the audience gets the key, or got it, in a form of its own. */
  #isSpecial({ path, after }: KeyChange): boolean {
    return this.#own.has(path) || (after !== undefined && !mayFollowAll(this.access, after));
  }

  /** The key for who may not follow all of its references; `undefined` where they may. */
  async #ownFormOf(key: ShownKey | undefined, at: Revision): Promise<OwnForm | undefined> {
    if (key === undefined || mayFollowAll(this.access, key)) return undefined;
    if (this.#ifShown(key) === undefined) return undefined;
    const { key: own, value } = await this.#state.view.showFor(this.access, key.ref, at);
    return own === undefined ? undefined : { key: own, value };
  }

  *#shownKeys(): Iterable<ShownKey> {
    for (const key of this.#state.keys.all()) {
      const shown = this.#own.get(key.path) ?? this.#ifShown(key);
      if (shown !== undefined) yield shown;
    }
  }

  #ifShown(key: ShownKey | undefined): ShownKey | undefined {
    return key !== undefined && this.#isShown(key) ? key : undefined;
  }

  #isShown({ ref }: Pick<ShownKey, "ref">): boolean {
    return this.#seesAll || isShown(this.access, ref);
  }
}

interface OwnForm {
  readonly key: ShownKey;
  readonly value: KeyChange["value"];
}
