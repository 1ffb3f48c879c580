/**
 * The version that an operation would write: with a value, or without one.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { type ItemAbout, type Json, listReferences, type StoredValue } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import type { ChangeSet, Operation } from "./change-set.ts";
import { type Draft, type Ground, NOT_SEALED_YET } from "./draft.ts";
import type { Restored } from "./find-target.ts";
import { describedBy, type Predecessors, wasSensitive } from "./item-about.ts";
import type { WaitOptions } from "./ports.ts";
import { plainHash, secretHashes } from "./value-hash.ts";

/** An operation that is being worked out. */
export interface Drafting<O extends Operation> {
  readonly ground: Ground;
  readonly changeSet: ChangeSet;
  readonly index: number;
  readonly operation: O;
  readonly before: Predecessors;
}

/** What a version with a value is made of. */
export interface Content {
  readonly op: "put" | "rollback";
  readonly about: ItemAbout;
  readonly value: Json;
  readonly restoredFrom: number | undefined;
}

/** A version that holds a value. */
export async function draftLive(
  deps: { readonly keyring: Pick<Keyring, "valueHash" | "fingerprint"> },
  drafting: Drafting<Operation>,
  { op, about, value, restoredFrom }: Content,
  options?: WaitOptions,
): Promise<Draft> {
  const { ground, before } = drafting;
  const itemId = before.own?.itemId ?? randomBytes(16).toString("hex");
  const hashes = about.sensitive
    ? await secretHashes(
        deps.keyring,
        { tenant: ground.tenant, itemId, type: about.type },
        value,
        options,
      )
    : { hash: plainHash(about.type, value), fingerprint: undefined };
  const stored: StoredValue = about.sensitive
    ? { kind: "sealed", sealed: NOT_SEALED_YET }
    : { kind: "plain", value };
  const mayRefer = about.type !== "document" && about.type !== "binary";
  return {
    ...draftOf(drafting, value),
    item: {
      ...versionOf(drafting, itemId),
      ...about,
      ...hashes,
      state: "live",
      op,
      stored,
      restoredFrom,
    },
    references: mayRefer ? listReferences(value, drafting.operation.ref.service) : [],
  };
}

/** A version that takes the value away; what described the item stays. */
export function draftAbsent(
  drafting: Drafting<Operation>,
  op: "delete" | "mask" | "rollback",
  restored: Extract<Restored, { readonly kind: "absent" }> | undefined,
): Draft {
  const { before } = drafting;
  const model = before.own ?? before.effective?.winner;
  if (model === undefined) throw new TypeError("there is nothing whose description could stay");
  const isMask = op === "mask" || restored?.state === "masked";
  return {
    ...draftOf(drafting, undefined),
    item: {
      ...versionOf(drafting, before.own?.itemId ?? randomBytes(16).toString("hex")),
      ...describedBy(model),
      managedBy: before.own?.managedBy,
      sensitive: wasSensitive(before),
      state: isMask ? "masked" : "deleted",
      op,
      stored: { kind: "none" },
      hash: undefined,
      fingerprint: undefined,
      restoredFrom: restored?.version,
    },
  };
}

function draftOf({ operation, index, before }: Drafting<Operation>, plaintext: Json | undefined) {
  return {
    operation,
    index,
    own: before.own,
    plaintext,
    references: [],
    isUnchanged: false,
    findings: [],
  };
}

function versionOf({ ground, changeSet, operation, before }: Drafting<Operation>, itemId: string) {
  return {
    ref: operation.ref,
    itemId,
    version: (before.own?.version ?? 0) + 1,
    revision: ground.basis + 1,
    author: changeSet.caller.actor.principal,
    via: changeSet.via,
    message: changeSet.message,
    committedAtMs: ground.nowMs,
  };
}
