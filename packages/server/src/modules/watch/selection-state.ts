import { formatPath, type Revision } from "@llmcfg/core";
import type { Change } from "../configs/ports.ts";
import type { SelectionView, Showing } from "./selection-view.ts";
import { byPath, type Delta, type KeyChange, showsDifference } from "./shown-key.ts";
import { SortedKeys } from "./sorted-keys.ts";

/**
 * All that a selection shows, at one revision, moved on commit by commit.
 *
 * The same for those who watch live and for those who catch up: whatever revision it was opened at,
 * the same commits give the same deltas. Calls must not overlap.
 */
export class SelectionState {
  readonly view: SelectionView;
  readonly keys: SortedKeys;
  #revision: Revision;

  private constructor(view: SelectionView, keys: SortedKeys, revision: Revision) {
    this.view = view;
    this.keys = keys;
    this.#revision = revision;
  }

  /** @param view a fresh one, which belongs to the state from then on */
  static async open(view: SelectionView, at: Revision): Promise<SelectionState> {
    return new SelectionState(view, new SortedKeys(await view.load(at)), at);
  }

  get revision(): Revision {
    return this.#revision;
  }

  /**
   * What the next commit does; nothing is altered until {@link commit}, and where this rejects it
   * may be repeated.
   *
   * @returns `undefined` where nothing had to be looked at
   */
  async prepare(change: Change): Promise<Delta | undefined> {
    if (change.revision !== this.#revision + 1) {
      throw new TypeError(`r${change.revision} does not follow r${this.#revision}`);
    }
    const refs = this.view.affected(change);
    const shown = refs.length === 0 ? [] : await this.view.show(refs, change);
    return shown.length === 0 ? undefined : this.#toDelta(shown, change);
  }

  /** Takes in what was prepared for a revision. */
  commit(revision: Revision, delta: Delta | undefined): void {
    this.#revision = revision;
    for (const { path, after } of delta?.changes ?? []) {
      if (after === undefined) this.keys.delete(path);
      else this.keys.set(after);
    }
    for (const { after } of delta?.unchanged ?? []) if (after !== undefined) this.keys.set(after);
  }

  #toDelta(shown: readonly Showing[], change: Change): Delta {
    const changes: KeyChange[] = [];
    const unchanged: KeyChange[] = [];
    for (const { ref, key: after, value, removedBy } of shown) {
      const path = formatPath(ref);
      const before = this.keys.get(path);
      const isTold = this.view.tellsEveryWrite || showsDifference(before, after);
      const keyChange: KeyChange = { ref, path, before, after, removedBy, value };
      (isTold ? changes : unchanged).push(keyChange);
    }
    const { revision, committedAtMs: atMs, author, message } = change;
    return { revision, atMs, author, message, changes: changes.toSorted(byPath), unchanged };
  }
}
