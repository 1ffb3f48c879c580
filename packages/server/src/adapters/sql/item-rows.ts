/**
 * How an {@link ItemVersion} lies in its row, and how it comes back.
 *
 * @module
 */

import type { ItemVersion, Json, StoredValue } from "@llmcfg/core";
import type { Insertable, Selectable } from "kysely";
import type { ItemVersionTable } from "./tables.ts";

/** @param position its place among the items of the commit */
export function toItemRow(
  tenant: string,
  item: ItemVersion,
  position: number,
): Insertable<ItemVersionTable> {
  const { stored } = item;
  return {
    tenant,
    env: item.ref.env,
    service: item.ref.service,
    key: item.ref.key,
    version: item.version,
    revision: item.revision,
    position,
    item_id: item.itemId,
    state: item.state,
    op: item.op,
    value: stored.kind === "plain" ? JSON.stringify(stored.value) : null,
    sealed: stored.kind === "sealed" ? stored.sealed : null,
    hash: item.hash ?? null,
    fingerprint: item.fingerprint ?? null,
    type: item.type,
    content_type: item.contentType ?? null,
    sensitive: Number(item.sensitive),
    merge_mode: item.mergeMode,
    description: item.description ?? null,
    owner: item.owner ?? null,
    tags: JSON.stringify(item.tags),
    environment_specific: Number(item.environmentSpecific),
    managed_by: item.managedBy ?? null,
    author: item.author,
    via: item.via,
    message: item.message ?? null,
    committed_at_ms: item.committedAtMs,
    restored_from: item.restoredFrom ?? null,
  };
}

/** The casts hold because {@link toItemRow} wrote the row, and nothing has changed it since. */
export function fromItemRow(row: Selectable<ItemVersionTable>): ItemVersion {
  return {
    ref: { env: row.env, service: row.service, key: row.key },
    itemId: row.item_id,
    version: row.version,
    revision: row.revision,
    state: row.state as ItemVersion["state"],
    op: row.op as ItemVersion["op"],
    stored: storedValueOf(row),
    hash: row.hash ?? undefined,
    fingerprint: row.fingerprint ?? undefined,
    type: row.type as ItemVersion["type"],
    contentType: row.content_type ?? undefined,
    sensitive: row.sensitive === 1,
    mergeMode: row.merge_mode as ItemVersion["mergeMode"],
    description: row.description ?? undefined,
    owner: row.owner ?? undefined,
    tags: JSON.parse(row.tags) as readonly string[],
    environmentSpecific: row.environment_specific === 1,
    managedBy: row.managed_by ?? undefined,
    author: row.author,
    via: row.via as ItemVersion["via"],
    message: row.message ?? undefined,
    committedAtMs: row.committed_at_ms,
    restoredFrom: row.restored_from ?? undefined,
  };
}

function storedValueOf({ value, sealed }: Selectable<ItemVersionTable>): StoredValue {
  if (sealed !== null) return { kind: "sealed", sealed };
  if (value !== null) return { kind: "plain", value: JSON.parse(value) as Json };
  return { kind: "none" };
}
