/**
 * What a selection knows of one key, and what a commit does to it.
 *
 * @module
 */

import { compareBytewise, type Json, type KeyRef, type Revision, type Version } from "@llmcfg/core";

/** A key as a stream shows it. Holds no value. */
export interface ShownKey {
  readonly ref: KeyRef;
  /** `production/ml-service/inference/timeout-seconds`. */
  readonly path: string;
  /** Of the item that gives the value; of a merged one, of the newest that gives a leaf. */
  readonly version: Version;
  /** The environment of that item. */
  readonly layer: string;
  readonly hash: string;
  readonly sensitive: boolean;
  /** Where its references lead; most keys have none. */
  readonly follows: readonly Follow[];
}

export interface Follow {
  readonly target: KeyRef;
  readonly kind: "ref" | "secret";
}

/** The version that took a key away: a tombstone or a mask. */
export interface Removal {
  readonly version: Version;
  readonly layer: string;
  readonly sensitive: boolean;
}

/** What one commit made of one key. */
export interface KeyChange {
  readonly ref: KeyRef;
  readonly path: string;
  readonly before: ShownKey | undefined;
  /** `undefined` where the key is gone. */
  readonly after: ShownKey | undefined;
  /** Where `after` is `undefined`. */
  readonly removedBy: Removal | undefined;
  /** The value now; never of a sensitive key. */
  readonly value: Json | undefined;
}

/** What one commit does to a selection. */
export interface Delta {
  readonly revision: Revision;
  readonly atMs: number;
  readonly author: string;
  readonly message: string | undefined;
  /** What is to be told, sorted by path. May be empty. */
  readonly changes: readonly KeyChange[];
  /** What was looked at again and shows no difference; its references may lead elsewhere now. */
  readonly unchanged: readonly KeyChange[];
}

/** Whether a reader sees a difference: another value, another version, or from another layer. */
export function showsDifference(a: ShownKey | undefined, b: ShownKey | undefined): boolean {
  return a?.hash !== b?.hash || a?.version !== b?.version || a?.layer !== b?.layer;
}

/** Whether the delta alters the bundle hash. */
export function movesHash({ changes }: Delta): boolean {
  return changes.some(({ before, after }) => before?.hash !== after?.hash);
}

export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return compareBytewise(a.path, b.path);
}
