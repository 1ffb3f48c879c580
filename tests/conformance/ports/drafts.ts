/**
 * What the suites write: items, records and the drafts made of them.
 *
 * @module
 */

import {
  createId,
  type ItemVersion,
  type Json,
  type KeyRef,
  type Revision,
  type ServiceKey,
} from "@llmcfg/core";
import type { SealedRecord } from "../../../packages/server/src/modules/audit/ports.ts";
import type {
  CommitDraft,
  CommitOutcome,
  ConfigStore,
} from "../../../packages/server/src/modules/configs/ports.ts";

/** One item of a commit. What is left out is as in {@link at} and {@link itemVersion}. */
export interface Write {
  readonly key: string;
  readonly env?: string;
  readonly service?: string;
  readonly version?: number;
  readonly value?: Json;
  readonly state?: ItemVersion["state"];
  readonly refersTo?: readonly string[];
}

export function at(key: string, env = "production", service = "ml-service"): KeyRef {
  return { env, service, key };
}

/** A version with every member that may be absent absent. */
export function itemVersion(write: Write, revision: Revision): ItemVersion {
  const { key, env, service, version = 1, value = 1, state = "live" } = write;
  return {
    ref: at(key, env, service),
    itemId: "0f".repeat(16),
    version,
    revision,
    state,
    op: state === "live" ? "put" : "delete",
    stored: state === "live" ? { kind: "plain", value } : { kind: "none" },
    hash: undefined,
    fingerprint: undefined,
    type: "object",
    contentType: undefined,
    sensitive: false,
    mergeMode: "merge",
    description: undefined,
    owner: undefined,
    tags: [],
    environmentSpecific: false,
    managedBy: undefined,
    author: "user:ada",
    via: "api",
    message: undefined,
    committedAtMs: 1_000,
    restoredFrom: undefined,
  };
}

/** A draft on `basis` with a record for each item. */
export function draftOf(basis: Revision, ...writes: readonly Write[]): CommitDraft {
  const items = writes.map((write) => itemVersion(write, basis + 1));
  return {
    basis,
    author: "user:ada",
    message: "raise the limit",
    committedAtMs: 1_000,
    items,
    references: new Map(writes.map(({ refersTo = [] }, i) => [i, refersTo.map(inService)])),
    records: items.map(() => sealedRecord({ revision: basis + 1 })),
  };
}

export function inService(key: string): ServiceKey {
  return { service: "ml-service", key };
}

/** A record with an id of its own. */
export function sealedRecord(change: Partial<SealedRecord> = {}): SealedRecord {
  const id = createId("ev", 1_000);
  return {
    id,
    atMs: 1_000,
    revision: 1,
    payload: `{"id":"${id}","text":"é\\u0000"}`,
    salt: Uint8Array.from({ length: 32 }, (_, i) => i),
    leaf: `{"id":"${id}"}`,
    leafHash: new TextEncoder().encode(id.padEnd(32).slice(0, 32)),
    index: {
      actor: "user:ada",
      action: "config.write",
      env: "production",
      service: "ml-service",
      key: "a",
      outcome: "allowed",
    },
    ...change,
  };
}

/** Commits as a use case does: on the newest state, again where others were quicker. */
export async function commitOnHead(
  configs: ConfigStore,
  draftOn: (basis: Revision) => CommitDraft | Promise<CommitDraft>,
): Promise<Revision> {
  let basis = await configs.headRevision("default");
  for (;;) {
    const outcome: CommitOutcome = await configs.commit("default", await draftOn(basis));
    if (outcome.kind === "committed") return outcome.revision;
    basis = outcome.head;
  }
}
