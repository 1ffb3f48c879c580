/**
 * The sources of a loader in their order, and what they delivered.
 *
 * @module
 */

import type { Tree } from "../merge/tree.ts";
import type { ConfigSource, SourceContent } from "../sources/config-source.ts";
import type {
  EnvironmentContent,
  EnvironmentSource,
} from "../sources/environment/environment-source.ts";
import type { Located } from "../sources/located.ts";
import type { PathSource } from "../sources/path-source.ts";
import type { Layer } from "./candidate.ts";

/** A source with its place in the order of precedence. */
export interface RankedSource {
  readonly id: string;
  readonly kind: string;
  /** Lower wins; of equal ones the source that was added later. */
  readonly priority: number;
  /** Order of adding. */
  readonly order: number;
  readonly optional: boolean;
  readonly supply: Supply;
}

/** The kinds of sources that the library treats apart. */
export type Supply =
  /** Its content lies in files: one with what it includes, or those of a directory. */
  | { readonly type: "file"; readonly source: PathSource }
  | { readonly type: "environment"; readonly source: EnvironmentSource }
  | { readonly type: "foreign"; readonly source: ConfigSource }
  /** Values from code: the layer itself, made by the loader. */
  | { readonly type: "overrides" };

/** What a source delivered, and how it is doing. */
export interface SourceState {
  readonly ranked: RankedSource;
  /** Nothing where an optional source is absent. */
  readonly content: LayerContent | undefined;
  /** As of the last read. */
  readonly condition: "ok" | "missing" | "unreachable" | "unreadable";
  /** Since when the content is only the last one that could be read. */
  readonly staleSinceMs: number | undefined;
}

export interface LayerContent {
  readonly hash: string;
  readonly identity: string;
  readonly revision: string | undefined;
  readonly body:
    | { readonly type: "located"; readonly content: SourceContent }
    | { readonly type: "environment"; readonly content: EnvironmentContent }
    | {
        readonly type: "overrides";
        /** What was accepted before. */
        readonly base: Tree | undefined;
        /** Values put over it, in this order. */
        readonly patches: readonly Located[];
      }
    /** What was read in an earlier process, as it was merged then: strongest first. */
    | { readonly type: "stored"; readonly layers: readonly Layer[] };
}

/** Strongest first. */
export function compareRank(a: RankedSource, b: RankedSource): number {
  return a.priority - b.priority || b.order - a.order;
}

/** LOAD-2: what a kind of source ranks as unless it is moved. */
export const BANDS = {
  overrides: 100,
  environment: 200,
  remote: 300,
  file: 400,
  default: 500,
} as const;
