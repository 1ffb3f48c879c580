/**
 * The one way from what the use cases answer to what leaves over the wire.
 *
 * @module
 */

import { formatPath, formatTime, toProblemFinding } from "@llmcfg/core";
import type {
  BatchResult,
  Bundle,
  BundleMeta,
  Diff,
  DiffChange,
  EffectiveEntry,
  Entry,
  HistoryItem,
  LayerEntry,
  LayerVersion,
  ListPage,
  TreePage,
  WriteResult,
} from "@llmcfg/protocol";
import type { CommitResult, ItemWrite, LayerVersionOf } from "./commit-result.ts";
import type { Difference, KeyDifference } from "./diff-references.ts";
import type { Explanation } from "./explain-key.ts";
import type { BundleView, GetBundle } from "./get-bundle.ts";
import type { EntryAnswer } from "./get-entry.ts";
import type { HistoryAnswer, ShownVersion } from "./get-history.ts";
import type { ListAnswer, ListEntries } from "./list-entries.ts";
import type { Effective } from "./ports.ts";
import { type ShownEntry, type ShownLayer, showEffective } from "./show-entry.ts";

/** What needs a restart follows from schemas, which there are none of yet. */
const RESTART_REQUIRED = false;

export function toEntry({ entry, layers }: Pick<EntryAnswer, "entry" | "layers">): Entry {
  const shown = toPlainEntry(entry);
  return layers === undefined ? shown : { ...shown, layers: toLayers(layers) };
}

function toPlainEntry(shown: ShownEntry): Entry {
  const { ref, winner, newest } = shown;
  return {
    path: formatPath(ref),
    env: ref.env,
    service: ref.service,
    key: ref.key,
    value: shown.value ?? null,
    type: shown.type,
    contentType: winner.contentType ?? null,
    sensitive: shown.isSensitive,
    redacted: shown.isRedacted,
    fingerprint: shown.fingerprint ?? null,
    hash: shown.hash,
    version: newest.version,
    revision: newest.revision,
    origin: {
      layer: winner.ref.env,
      inherited: winner.ref.env !== ref.env,
      merged: shown.isMerged,
      managedBy: winner.managedBy ?? null,
      via: newest.via,
    },
    updatedAt: formatTime(newest.committedAtMs),
    updatedBy: newest.author,
    message: newest.message ?? null,
    description: winner.description ?? null,
    owner: winner.owner ?? null,
    tags: winner.tags,
    environmentSpecific: winner.environmentSpecific,
    restartRequired: RESTART_REQUIRED,
  };
}

/** No schema gives defaults yet, so that layer is always absent. */
const DEFAULT_LAYER: LayerEntry = { layer: "default", kind: "default", state: "absent" };

function toLayers(layers: readonly ShownLayer[]): readonly LayerEntry[] {
  return [DEFAULT_LAYER, ...layers.map(toLayer)];
}

function toLayer(shown: ShownLayer): LayerEntry {
  const head = { layer: shown.env, kind: "environment" } as const;
  if (!("isHidden" in shown)) return { ...head, state: shown.state };
  if (shown.isHidden) return { ...head, state: shown.state, hidden: true };
  const { item, value, state } = shown;
  return {
    ...head,
    state,
    value: value ?? null,
    redacted: item.sensitive && item.state === "live",
    fingerprint: item.fingerprint ?? null,
    version: item.version,
    revision: item.revision,
    updatedAt: formatTime(item.committedAtMs),
    updatedBy: item.author,
    message: item.message ?? null,
    managedBy: item.managedBy ?? null,
    via: item.via,
  };
}

export function toEffectiveEntry(explanation: Explanation): EffectiveEntry {
  const { entry, layers, leaves, references, reaches } = explanation;
  const path = formatPath(entry.ref);
  return {
    path,
    value: entry.value ?? null,
    type: entry.type,
    sensitive: entry.isSensitive,
    redacted: entry.isRedacted,
    fingerprint: entry.fingerprint ?? null,
    version: entry.newest.version,
    revision: entry.newest.revision,
    winner: entry.winner.ref.env,
    layers: toLayers(layers),
    leaves: leaves.map(({ pointer, layer, version, shadowed }) => ({
      pointer,
      layer,
      version,
      shadowed,
    })),
    references: references.map(({ expression, target, version, sensitive, found }) => ({
      expression,
      path: formatPath(target),
      version: version ?? null,
      sensitive,
      found,
    })),
    schema: null,
    lock: null,
    toChange: `write ${path} (reaches ${reaches.join(", ")})`,
  };
}

export function toList(
  { entries, folders, ...answer }: ListAnswer,
  { view, namespace }: Pick<ListEntries, "view" | "namespace">,
): ListPage<Entry> | TreePage {
  const items = entries.map(toPlainEntry);
  const nextCursor = answer.nextCursor ?? null;
  if (view === "flat") return { items, nextCursor };
  return { prefix: namespace.prefix, folders, items, nextCursor };
}

export function toHistory(answer: HistoryAnswer): ListPage<HistoryItem> {
  return { items: answer.versions.map(toHistoryItem), nextCursor: answer.nextCursor ?? null };
}

function toHistoryItem({ item, value, isRedacted }: ShownVersion): HistoryItem {
  return {
    version: item.version,
    revision: item.revision,
    layer: item.ref.env,
    op: item.op,
    value: value ?? null,
    type: item.type,
    redacted: isRedacted,
    fingerprint: item.fingerprint ?? null,
    at: formatTime(item.committedAtMs),
    actor: item.author,
    via: item.via,
    message: item.message ?? null,
    restoredFrom: item.restoredFrom ?? null,
    destroyed: false,
  };
}

export function toBundle(
  view: BundleView,
  { namespace, withMeta }: Pick<GetBundle, "namespace" | "withMeta">,
): Bundle {
  const { revision, hash, values, redacted, entries } = view;
  const { env, service = "" } = namespace;
  const bundle: Bundle = { env, service, revision, hash, values, redacted };
  if (!withMeta) return bundle;
  return { ...bundle, meta: Object.fromEntries(entries.map((one) => [one.ref.key, toMeta(one)])) };
}

function toMeta(effective: Effective): BundleMeta {
  const { newest, winner } = effective;
  const { type, hash, isSensitive } = showEffective(effective, false);
  return {
    version: newest.version,
    revision: newest.revision,
    layer: winner.ref.env,
    type,
    hash,
    sensitive: isSensitive,
    restartRequired: RESTART_REQUIRED,
    updatedAt: formatTime(newest.committedAtMs),
    updatedBy: newest.author,
  };
}

export function toDiff({ from, to, changes }: Difference): Diff {
  const count = (op: KeyDifference["op"]) => changes.filter((change) => change.op === op).length;
  return {
    from,
    to,
    summary: { added: count("add"), changed: count("change"), removed: count("remove") },
    changes: changes.map(toDiffChange),
  };
}

function toDiffChange(change: KeyDifference): DiffChange {
  return {
    key: change.key,
    op: change.op,
    pointer: change.pointer,
    from: change.from ?? null,
    to: change.to ?? null,
    sensitive: change.isSensitive,
    fromFp: change.fromFingerprint ?? null,
    toFp: change.toFingerprint ?? null,
    restartRequired: RESTART_REQUIRED,
  };
}

export function toWriteResult(write: ItemWrite): WriteResult {
  return {
    path: formatPath(write.ref),
    version: write.version,
    revision: write.revision,
    previous: toLayerVersion(write.previous),
    created: write.isCreated,
    unchanged: write.isUnchanged,
    deleted: write.isDeleted,
    masked: write.isMasked,
    nowInherits: toLayerVersion(write.nowInherits),
    sensitive: write.isSensitive,
    etag: write.etagCore === undefined ? null : `"${write.etagCore}.j"`,
    effects: write.effects,
    effectsHidden: write.effectsHidden,
    warnings: write.warnings.map(toProblemFinding),
  };
}

function toLayerVersion(at: LayerVersionOf | undefined): LayerVersion | null {
  return at ?? null;
}

export function toBatchResult({ revision, writes }: CommitResult): BatchResult {
  return { revision, results: writes.map(toWriteResult), warnings: [] };
}
