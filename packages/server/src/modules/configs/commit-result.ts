/**
 * What a change set did.
 *
 * @module
 */

import {
  type Effect,
  type Finding,
  formatPath,
  type KeyRef,
  type Revision,
  type Version,
} from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import type { ChangeSet } from "./change-set.ts";
import type { DocumentWarnings } from "./document-warnings.ts";
import { type Draft, type Ground, isLive } from "./draft.ts";
import { etagCore } from "./etag.ts";
import type { Reach } from "./find-reach.ts";
import type { Effective } from "./ports.ts";
import { seenBy } from "./require-confirmed.ts";
import { warningsOf } from "./warn.ts";

export interface CommitResult {
  /** The revision that was made; where nothing changed, the one that everything was found at. */
  readonly revision: Revision;
  readonly isChanged: boolean;
  /** One for each operation, in their order. */
  readonly writes: readonly ItemWrite[];
}

/** A version in a layer. */
export interface LayerVersionOf {
  readonly layer: string;
  readonly version: Version;
}

/** What became of one item. */
export interface ItemWrite {
  readonly ref: KeyRef;
  /** Of the own item now. */
  readonly version: Version;
  /** The revision that wrote that version. */
  readonly revision: Revision;
  /** What won before. */
  readonly previous: LayerVersionOf | undefined;
  readonly isCreated: boolean;
  readonly isUnchanged: boolean;
  readonly isDeleted: boolean;
  readonly isMasked: boolean;
  /** What is read now that the own item is gone. */
  readonly nowInherits: LayerVersionOf | undefined;
  readonly isSensitive: boolean;
  /** Of the effective state now; `undefined` where nothing is effective. */
  readonly etagCore: string | undefined;
  readonly effects: readonly Effect[];
  readonly effectsHidden: number;
  readonly warnings: readonly Finding[];
}

export interface ResultDeps {
  readonly keyring: Pick<Keyring, "authenticate">;
  readonly documents: DocumentWarnings;
}

/** What a checked change does, before it is stored: the revision is known already. */
export async function toResult(
  { keyring, documents }: ResultDeps,
  changeSet: ChangeSet,
  ground: Ground,
  drafts: readonly Draft[],
  reach: Reach,
): Promise<CommitResult> {
  const isChanged = drafts.some(({ isUnchanged }) => !isUnchanged);
  const reachedBy = Map.groupBy(reach.reached, ({ draft }) => draft);
  const writes: ItemWrite[] = [];
  for (const draft of drafts) {
    const place = reach.own.get(formatPath(draft.operation.ref));
    writes.push({
      ...itemOf(draft),
      previous: toLayerVersion(place?.before),
      nowInherits: isLive(draft.item) ? undefined : toLayerVersion(place?.after),
      etagCore: place?.after && (await etagCore(keyring, ground.tenant, place.after)),
      ...seenBy(changeSet, reachedBy.get(draft) ?? []),
      warnings: await warningsOf(draft, documents),
    });
  }
  return { revision: isChanged ? ground.basis + 1 : ground.basis, isChanged, writes };
}

function itemOf({ operation, own, item, isUnchanged }: Draft) {
  const stays = isUnchanged && own !== undefined ? own : item;
  return {
    ref: operation.ref,
    version: stays.version,
    revision: stays.revision,
    isCreated: !isUnchanged && isLive(item) && !isLive(own),
    isUnchanged,
    isDeleted: item.state === "deleted",
    isMasked: item.state === "masked",
    isSensitive: item.sensitive,
  };
}

function toLayerVersion(effective: Effective | undefined): LayerVersionOf | undefined {
  if (effective === undefined) return undefined;
  const { ref, version } = effective.winner;
  return { layer: ref.env, version };
}
