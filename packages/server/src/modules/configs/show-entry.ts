/**
 * Entries as one caller may see them.
 *
 * @module
 */

import type { ItemType, ItemVersion, Json, KeyRef, LayerState } from "@llmcfg/core";
import type { Access } from "../policy/ports.ts";
import { jsonTypeOf } from "./item-about.ts";
import { mayRead } from "./item-rights.ts";
import type { Effective } from "./ports.ts";

export interface ShownEntry {
  /** Where it was asked for. */
  readonly ref: KeyRef;
  /** Describes it. */
  readonly winner: ItemVersion;
  /** Says when and by whom it became what it is. */
  readonly newest: ItemVersion;
  readonly isMerged: boolean;
  readonly isSensitive: boolean;
  readonly type: ItemType;
  /** `undefined` where it is redacted or was not asked for. */
  readonly value: Json | undefined;
  readonly isRedacted: boolean;
  readonly hash: string;
  readonly fingerprint: string | undefined;
}

/** What one layer of a trace holds, as far as the caller may see it. */
export type ShownLayer =
  | { readonly env: string; readonly state: "absent" }
  | { readonly env: string; readonly state: LayerState; readonly isHidden: true }
  | {
      readonly env: string;
      readonly state: LayerState;
      readonly isHidden: false;
      readonly item: ItemVersion;
      readonly value: Json | undefined;
    };

/** @param isRevealed whether sensitive values were opened, so that they are to be shown */
export function showEffective(effective: Effective, isRevealed: boolean): ShownEntry {
  const { ref, winner, newest, isMerged, isSensitive, hash, fingerprint } = effective;
  const isRedacted = isSensitive && !isRevealed;
  const value = isRedacted ? undefined : effective.value;
  const type = value === undefined ? winner.type : typeOf(winner.type, value, effective);
  return { ref, winner, newest, isMerged, isSensitive, type, value, isRedacted, hash, fingerprint };
}

/** A reference that stands alone gives the type of what it leads to. */
function typeOf(stored: ItemType, value: Json, { isComposed }: Effective): ItemType {
  const isText = stored === "document" || stored === "binary";
  return isComposed && !isText && value !== null ? jsonTypeOf(value) : stored;
}

/** One version of an own item, its references as they are written. */
export function showVersion(
  item: ItemVersion,
  value: Json | undefined,
  isSensitive: boolean,
): ShownEntry {
  return {
    ref: item.ref,
    winner: item,
    newest: item,
    isMerged: false,
    isSensitive,
    type: item.type,
    value,
    isRedacted: isSensitive && value === undefined,
    hash: item.hash ?? "",
    fingerprint: item.fingerprint,
  };
}

export function showLayers(access: Access, { ref, trace }: Effective): readonly ShownLayer[] {
  return trace.layers.map(({ env, state, item, value }): ShownLayer => {
    if (item === undefined || state === "absent") return { env, state: "absent" };
    if (!mayRead(access, { ...ref, env }, item.sensitive)) return { env, state, isHidden: true };
    return { env, state, isHidden: false, item, value: item.sensitive ? undefined : value };
  });
}
