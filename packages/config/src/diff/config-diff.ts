import type { Json, JsonPointer } from "@llmcfg/core";
import type { ConfigPath, ReloadClass } from "../schema/config-types.ts";

/** What changes from one configuration to another. Shows no secret. */
export interface ConfigDiff {
  readonly changes: readonly DiffEntry[];
  readonly additions: readonly DiffEntry[];
  readonly removals: readonly DiffEntry[];
  /** Keyed lists whose items changed places: the keys before and after. */
  readonly moves: readonly MoveEntry[];
  readonly isEmpty: boolean;
  /** Whether a changed place has the reload class `restart`. */
  requiresRestart(): boolean;
  byClass(reload: ReloadClass): readonly DiffEntry[];
  /** True if the diff touches the path, an ancestor or a descendant. */
  touches(path: ConfigPath): boolean;
  /** `2 changes, 0 additions, 1 removals` */
  summary(): string;
  /** RFC 6902: applied to the old document it gives the new one. */
  toJsonPatch(): readonly Json[];
}

/** One leaf that differs. Values of secrets are redacted. */
export interface DiffEntry {
  readonly path: ConfigPath;
  /** In the new document; of what is removed in the old one. */
  readonly pointer: JsonPointer;
  readonly changeType: "modified" | "added" | "removed";
  /** In document form: secrets as their reference. */
  readonly oldValue?: Json;
  readonly newValue?: Json;
  /** Whether a value holds a secret that is not shown. */
  readonly redacted: boolean;
  readonly reload: ReloadClass;
}

/** A list whose items stand in another order. */
export interface MoveEntry {
  readonly path: ConfigPath;
  readonly from: readonly string[];
  readonly to: readonly string[];
}
