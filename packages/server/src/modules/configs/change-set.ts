/**
 * What a caller asks to be written together.
 *
 * @module
 */

import type { ItemType, Json, KeyRef, MergeMode, Revision, Version, Via } from "@llmcfg/core";
import type { Caller } from "../policy/ports.ts";
import type { EntityTags } from "./entity-tags.ts";

export interface ChangeSet {
  readonly caller: Caller;
  readonly via: Via;
  readonly message: string | undefined;
  /** Whether an effect on protected environments by inheritance is wanted. */
  readonly isConfirmed: boolean;
  /** Each item at most once. */
  readonly operations: readonly Operation[];
  /** Where findings are to point: at `/operations/1/…`, or at the one value itself. */
  readonly isBatch: boolean;
}

export type Operation = PutOperation | RemoveOperation | RollBackOperation;

interface ItemOperation {
  /** The environment by its canonical name. */
  readonly ref: KeyRef;
  readonly expected: Precondition;
}

export interface PutOperation extends ItemOperation {
  readonly op: "put";
  /**
   * `append`: always a new version, and what is not given stays as it is. `replace`: what is not
   * given goes back to its default, and what is equal already is left alone.
   */
  readonly mode: "append" | "replace";
  /** Of `append`: leave alone what is equal already. */
  readonly onlyIfChanged: boolean;
  readonly value: Json;
  readonly about: GivenAbout;
}

/** What describes an item, as far as it is given; `null` clears. */
export interface GivenAbout {
  readonly type?: ItemType | undefined;
  readonly contentType?: string | undefined;
  readonly sensitive?: boolean | undefined;
  readonly mergeMode?: MergeMode | undefined;
  readonly description?: string | null | undefined;
  readonly owner?: string | null | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly environmentSpecific?: boolean | undefined;
}

/** `delete` lets show what is inherited; `mask` hides it. */
export interface RemoveOperation extends ItemOperation {
  readonly op: "delete" | "mask";
}

export interface RollBackOperation extends ItemOperation {
  readonly op: "rollback";
  readonly to: RollBackTarget;
}

/** Which own state is to come back. */
export type RollBackTarget =
  | { readonly kind: "version"; readonly version: Version }
  | { readonly kind: "revision"; readonly revision: Revision }
  /** The state before the last own change. */
  | { readonly kind: "previous" };

/** What must hold for an operation to be carried out; all that is given. */
export interface Precondition {
  readonly ifMatch: EntityTags | undefined;
  readonly ifNoneMatch: EntityTags | undefined;
  /** Version of the live own item; 0: there is none. */
  readonly ifVersion: Version | undefined;
  /** Whether a deleted item counts as there for `If-None-Match: *`. */
  readonly tombstonesExist: boolean;
}

export const NO_PRECONDITION: Precondition = {
  ifMatch: undefined,
  ifNoneMatch: undefined,
  ifVersion: undefined,
  tombstonesExist: false,
};

export function hasPrecondition({ ifMatch, ifNoneMatch, ifVersion }: Precondition): boolean {
  return ifMatch !== undefined || ifNoneMatch !== undefined || ifVersion !== undefined;
}

/** Where a finding about an operation points. */
export function pointerOf(
  changeSet: Pick<ChangeSet, "isBatch">,
  index: number,
  inValue?: string,
): string {
  if (!changeSet.isBatch) return inValue ?? "";
  return inValue === undefined ? `/operations/${index}` : `/operations/${index}/value${inValue}`;
}
