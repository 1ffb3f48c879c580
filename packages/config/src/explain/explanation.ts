import type { Json } from "@llmcfg/core";
import type { Trigger } from "../reload/trigger.ts";
import type { FieldInfo } from "../schema/config-schema.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { Position } from "../sources/located.ts";

/** Why a value is what it is. Shows no secret. */
export interface Explanation {
  readonly path: ConfigPath;
  readonly found: boolean;
  /** In document form, references expanded where they are no secrets. */
  readonly value: Json | undefined;
  /** What the schema says of the path, whether or not anything is there; nothing of an unknown one. */
  readonly field: FieldInfo | undefined;
  /** Those that speak about the place, strongest first; exactly one has `wins` when found. */
  readonly layers: readonly ExplainedLayer[];
  /** Of an object or list the values below it, in the order of the document; 1,000 at most. */
  readonly leaves: readonly ExplainedLeaf[];
  /** How many are not among {@link leaves}; of more than that those are told that somebody wrote. */
  readonly moreLeaves: number;
  readonly references: readonly ExplainedReference[];
  /** What could have been meant to give a value here, and did not. */
  readonly nearMisses: readonly NearMiss[];
  /** Whether what runs is another value, since the accepted one waits for a restart. */
  readonly running: { readonly differs: boolean; readonly value?: Json };
  readonly acceptedIn:
    | {
        readonly version: number;
        readonly at: Date;
        readonly trigger: Trigger;
        readonly actor?: string;
      }
    | undefined;
  /** For terminals of this width; without one nothing is cut or wrapped. */
  format(options?: { readonly color?: boolean; readonly width?: number }): string;
}

/** What one layer has to say about a path. */
export interface ExplainedLayer {
  readonly source: string;
  /** 1 is the strongest. */
  readonly rank: number;
  readonly state: "value" | "unset" | "held" | "absent";
  readonly value?: Json;
  readonly operator?: string;
  readonly position?: Position;
  readonly wins: boolean;
  readonly reason: string;
}

/** One value below a place: single, or a list of single values that came as a whole. */
export interface ExplainedLeaf {
  readonly path: ConfigPath;
  /** As {@link Explanation.value}. */
  readonly value: Json;
  /** The layer that gives it. */
  readonly source: string;
  readonly position: Position;
  /** How many other layers, the schema among them, have a value here. */
  readonly lost: number;
}

/** A reference that a value comes from. */
export interface ExplainedReference {
  readonly reference: string;
  /** Whether its value was read, and could be at the last try: not where secrets are not resolved. */
  readonly resolved: boolean;
  readonly secretVersion?: number;
}

/** Something that looks as if it set the value, and does not. */
export interface NearMiss {
  readonly what: string;
  readonly why: string;
  readonly hint?: string;
}
