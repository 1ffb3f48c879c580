/**
 * What an operation would write, worked out against one state.
 *
 * @module
 */

import type {
  EnvironmentGraph,
  Finding,
  ItemVersion,
  Json,
  ReferenceUse,
  Revision,
} from "@llmcfg/core";
import type { Operation } from "./change-set.ts";
import type { HeldItem, LayerTable } from "./layer-table.ts";

/** The state that a change set is checked against. */
export interface Ground {
  readonly tenant: string;
  /** Everything is of this revision; the commit takes the next one. */
  readonly basis: Revision;
  /** When the change is made, by the clock of the server. */
  readonly nowMs: number;
  readonly graph: EnvironmentGraph;
  /** Own items of all environments above or below one that is written. */
  readonly before: LayerTable;
}

export interface Draft {
  readonly operation: Operation;
  /** Place of the operation in its change set. */
  readonly index: number;
  /** The newest version of the own item, tombstones and masks too. */
  readonly own: ItemVersion | undefined;
  /** What is to be stored; a sensitive value is sealed once nothing speaks against it. */
  readonly item: ItemVersion;
  /** `undefined` where the item has no value afterwards. */
  readonly plaintext: Json | undefined;
  /** What the value refers to. */
  readonly references: readonly ReferenceUse[];
  /** Nothing would change, so nothing is written. */
  readonly isUnchanged: boolean;
  /** What speaks against the value itself; pointers start at the value. */
  readonly findings: readonly Finding[];
}

export function isLive(item: ItemVersion | undefined): item is ItemVersion {
  return item?.state === "live";
}

/** Stands for the sealed text until there is one. */
export const NOT_SEALED_YET = "";

/** The draft as a layer. Its plaintext counts only where the resolver has to look into it. */
export function toHeldItem({ item, plaintext }: Draft, mayRefer: boolean): HeldItem {
  return { item, value: item.sensitive && !mayRefer ? undefined : plaintext };
}
