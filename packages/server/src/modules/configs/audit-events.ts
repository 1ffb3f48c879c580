/**
 * What the audit log says about writes.
 *
 * @module
 */

import {
  canonicalize,
  compareBytewise,
  formatPath,
  isLlmcfgError,
  type JsonObject,
  type LlmcfgError,
  type Reason,
} from "@llmcfg/core";
import type { AuditEvent } from "../audit/ports.ts";
import type { ReachedPlace } from "./attribute-effects.ts";
import { actionOf } from "./authorize-change.ts";
import type { ChangeSet } from "./change-set.ts";
import { type Draft, type Ground, isLive } from "./draft.ts";
import { protectedReach } from "./require-confirmed.ts";
import { sha256 } from "./value-hash.ts";

export interface Written {
  readonly changeSet: ChangeSet;
  readonly ground: Ground;
  /** Those that are written, in their order. */
  readonly drafts: readonly Draft[];
  readonly reached: readonly ReachedPlace[];
  /** For each draft, the id of the binding that allows it. */
  readonly decidedBy: ReadonlyMap<Draft, string>;
  readonly idempotencyKey: string | undefined;
}

/** One event for each item that is written. */
export function toWriteEvents(written: Written): readonly AuditEvent[] {
  const { changeSet, ground, drafts, decidedBy } = written;
  const change = changeHash(drafts);
  const reachedBy = Map.groupBy(written.reached, ({ draft }) => draft);
  return drafts.map((draft) => {
    const because = decidedBy.get(draft);
    return {
      actor: changeSet.caller.actor,
      action: actionOf(draft.operation, draft.item.sensitive),
      path: formatPath(draft.operation.ref),
      outcome: "allowed",
      revision: ground.basis + 1,
      atMs: ground.nowMs,
      ...(because === undefined ? {} : { decidedBy: [because] }),
      details: detailsOf(written, draft, { change, reached: reachedBy.get(draft) ?? [] }),
    };
  });
}

/** `sha256:` of the canonical JSON of `[[path, toHash or null], …]`, sorted by path. */
function changeHash(drafts: readonly Draft[]): string {
  const pairs = drafts.map(({ item }) => [formatPath(item.ref), item.hash ?? null] as const);
  return sha256(canonicalize(pairs.toSorted(([a], [b]) => compareBytewise(a, b))));
}

function detailsOf(
  { changeSet, idempotencyKey }: Written,
  { own, item }: Draft,
  about: { readonly change: string; readonly reached: readonly ReachedPlace[] },
): JsonObject {
  const reached = protectedReach(about.reached);
  return {
    change: about.change,
    fromHash: (isLive(own) ? own.hash : undefined) ?? null,
    message: changeSet.message === undefined ? null : sha256(changeSet.message),
    previousVersion: own?.version ?? null,
    toHash: item.hash ?? null,
    version: item.version,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: sha256(idempotencyKey) }),
    ...(reached.length === 0 ? {} : { confirmed: true, reached }),
  };
}

/** Refusals of a write whose author was allowed to make it. */
const FAILURES: ReadonlySet<Reason> = new Set<Reason>([
  "PRECONDITION_REQUIRED",
  "ETAG_MISMATCH",
  "RULE_VIOLATION",
  "DANGLING_REFERENCE",
  "REFERENCE_CYCLE",
  "DEPENDENTS_EXIST",
  "BLAST_RADIUS",
]);

/** Whether the refusal has to be recorded as a failed write. */
export function isFailure(error: unknown): error is LlmcfgError {
  return isLlmcfgError(error) && FAILURES.has(error.reason);
}

/** One event for each operation that the refusal names; where it names none, they all failed. */
export function toFailureEvents(
  error: LlmcfgError,
  { changeSet, ground, drafts }: Pick<Written, "changeSet" | "ground" | "drafts">,
): readonly AuditEvent[] {
  const named = namedBy(error, drafts);
  return (named.length > 0 ? named : drafts).map((draft) => ({
    actor: changeSet.caller.actor,
    action: actionOf(draft.operation, draft.item.sensitive),
    path: formatPath(draft.operation.ref),
    outcome: "failed",
    reason: error.reason,
    revision: ground.basis,
    atMs: ground.nowMs,
    details: {},
  }));
}

/** Those whose place a finding points at: `/operations/3/value`. */
function namedBy(error: LlmcfgError, drafts: readonly Draft[]): readonly Draft[] {
  if (!("errors" in error.details)) return [];
  const places = error.details.errors.map(
    ({ pointer }) => /^\/operations\/(\d+)/.exec(pointer)?.[1],
  );
  return drafts.filter(({ index }) => places.includes(String(index)));
}
