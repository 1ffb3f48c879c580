import type { Json, KeyRef, Revision } from "@llmcfg/core";
import type { Change } from "../configs/ports.ts";
import type { Access } from "../policy/ports.ts";
import type { Removal, ShownKey } from "./shown-key.ts";

/** A key as it is after a commit. */
export interface Showing {
  readonly ref: KeyRef;
  /** `undefined` where nothing is shown at it. */
  readonly key: ShownKey | undefined;
  /** `undefined` where there is none, or it is sensitive. */
  readonly value: Json | undefined;
  /** The item of the commit that took the key away, where one did. */
  readonly removedBy: Removal | undefined;
}

/** How the keys of a selection come about: as effective values, or as the layers' own items. */
export interface SelectionView {
  /** Whether a write is told of although what is shown stays the same. */
  readonly tellsEveryWrite: boolean;

  /** All keys at a revision. Called once, before anything else. */
  load(at: Revision): Promise<readonly ShownKey[]>;

  /** The newest revision up to `at`, which was loaded, that wrote anything the keys depend on. */
  newestWrite(at: Revision): Promise<Revision>;

  /** Which keys of the selection the commit may alter, each once. Quick: most commits alter none. */
  affected(change: Change): readonly KeyRef[];

  /**
   * The keys as they are after `change`, the one that follows what was loaded or shown last. May be
   * repeated with the same change where it fails.
   */
  show(refs: readonly KeyRef[], change: Change): Promise<readonly Showing[]>;

  /** As {@link show}, for a reader who may not follow all references. Alters nothing. */
  showFor(access: Access, ref: KeyRef, at: Revision): Promise<Showing>;
}
