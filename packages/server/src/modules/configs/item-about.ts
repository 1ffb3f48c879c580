/**
 * What describes an item after a write: what is given, what stays, what follows from the value.
 *
 * @module
 */

import {
  documentTypeOf,
  type ItemAbout,
  type ItemType,
  type ItemVersion,
  isJsonArray,
  isJsonObject,
  isSensitiveKey,
  type Json,
} from "@llmcfg/core";
import type { PutOperation } from "./change-set.ts";
import type { Effective } from "./ports.ts";

/** What was there before a write. */
export interface Predecessors {
  /** The newest version of the own item, tombstones and masks too. */
  readonly own: ItemVersion | undefined;
  readonly effective: Effective | undefined;
}

/** What a put makes of the description of its item. */
export function aboutOf(put: PutOperation, before: Predecessors): ItemAbout {
  const { about } = put;
  const kept = put.mode === "append" && before.own?.state === "live" ? before.own : undefined;
  const type = about.type ?? typeFor(put.ref.key, put.value, kept?.type);
  return {
    type,
    contentType: contentTypeFor(put, type, kept),
    sensitive: isSensitiveAfter(put, before),
    mergeMode: mergeModeFor(put, type, kept),
    description: given(about.description, kept?.description),
    owner: given(about.owner, kept?.owner),
    tags: about.tags ?? kept?.tags ?? [],
    environmentSpecific: about.environmentSpecific ?? kept?.environmentSpecific ?? false,
    managedBy: before.own?.managedBy,
  };
}

/** What describes an item and stays as it was; who owns it and how sensitive it is goes on from now. */
export function describedBy(item: ItemVersion): Omit<ItemAbout, "managedBy" | "sensitive"> {
  const { type, contentType, mergeMode, description, owner, tags, environmentSpecific } = item;
  return { type, contentType, mergeMode, description, owner, tags, environmentSpecific };
}

/**
 * Whether the item is sensitive after a put. Once it is it stays so, over deletes and in the
 * environments that override it, until a put says otherwise.
 */
export function isSensitiveAfter(put: PutOperation, before: Predecessors): boolean {
  return isSensitiveKey(put.ref.key) || (put.about.sensitive ?? wasSensitive(before));
}

export function wasSensitive({ own, effective }: Predecessors): boolean {
  return own?.sensitive === true || effective?.winner.sensitive === true;
}

/** The type that a value of this form has unless another one is named. */
function typeFor(key: string, value: Json, kept: ItemType | undefined): ItemType {
  if (kept !== undefined && (value === null || fits(kept, value))) return kept;
  if (typeof value === "string" && documentTypeOf(key) !== undefined) return "document";
  return jsonTypeOf(value);
}

/** `null` has no type of its own: it is taken as a structure without content. */
export function jsonTypeOf(value: Json): ItemType {
  if (isJsonArray(value)) return "array";
  if (value === null || isJsonObject(value)) return "object";
  if (typeof value === "string") return "string";
  return typeof value === "number" ? "number" : "boolean";
}

/** Whether the type can hold a value of this form; what a binary holds is not looked at. */
export function fits(type: ItemType, value: Json): boolean {
  if (type === "document" || type === "binary") return typeof value === "string";
  return value === null || jsonTypeOf(value) === type;
}

function contentTypeFor(
  { ref, about }: PutOperation,
  type: ItemType,
  kept: ItemVersion | undefined,
): string | undefined {
  if (about.contentType !== undefined) return about.contentType;
  if (type !== "document" && type !== "binary") return undefined;
  if (kept?.type === type && kept.contentType !== undefined) return kept.contentType;
  return type === "document"
    ? (documentTypeOf(ref.key) ?? "text/plain")
    : "application/octet-stream";
}

function mergeModeFor(
  { about }: PutOperation,
  type: ItemType,
  kept: ItemVersion | undefined,
): ItemAbout["mergeMode"] {
  if (about.mergeMode !== undefined) return about.mergeMode;
  if (kept?.type === type) return kept.mergeMode;
  return type === "object" ? "merge" : "replace";
}

/** `null` clears, `undefined` leaves as it is. */
function given(text: string | null | undefined, kept: string | undefined): string | undefined {
  return text === undefined ? kept : (text ?? undefined);
}
