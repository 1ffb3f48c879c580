/**
 * The chain that makes a change of an old record show: each record holds the hash of the one before.
 *
 * @module
 */

import { canonicalize, isJsonArray, isJsonObject, type Json } from "@llmcfg/core";
import { contentHash } from "../sources/content-hash.ts";
import type { AuditDraft, AuditHead, AuditRecord } from "./audit-sink.ts";

/** What `prev_hash` of the first record of a chain is: 64 zeros. */
export const FIRST_PREV_HASH: string = "0".repeat(64);

/** The record that follows `head`; without one, the first. */
export function chainRecord(draft: AuditDraft, head: AuditHead | undefined): AuditRecord {
  const unhashed = {
    ...wellFormed(draft),
    seq: (head?.seq ?? 0) + 1,
    prev_hash: head?.hash ?? FIRST_PREV_HASH,
  };
  return { ...unhashed, hash: contentHash(canonicalize(unhashed)) };
}

/** The record as it is stored: canonical JSON, without the end of the line. */
export function lineOf(record: AuditRecord): string {
  return canonicalize(record);
}

/** What `hash` must be. */
export function hashOf(record: AuditRecord): string {
  const { hash: _given, ...unhashed } = record;
  return contentHash(canonicalize(unhashed));
}

/** Whether the record is what its hash was made of. */
export function isIntact(record: AuditRecord): boolean {
  try {
    return hashOf(record) === record.hash;
  } catch {
    return false; // it holds what no canonical JSON can
  }
}

/** The record that a line holds; nothing where it holds none, whatever its hash says. */
export function parseLine(line: string): AuditRecord | undefined {
  let parsed: Json;
  try {
    parsed = JSON.parse(line) as Json; // what it gives is JSON
  } catch {
    return undefined;
  }
  if (!isJsonObject(parsed)) return undefined;
  const { timestamp, event, seq, prev_hash: before, hash } = parsed;
  const texts = [timestamp, event, before, hash];
  if (!texts.every((text) => typeof text === "string") || !Number.isSafeInteger(seq)) {
    return undefined;
  }
  return parsed as AuditRecord; // its members were looked at
}

/** Canonical JSON has no lone surrogates, and a name in the configuration may. */
function wellFormed<V extends Json>(value: V): V {
  return replaceLoneSurrogates(value) as V; // only texts change, and stay texts
}

function replaceLoneSurrogates(value: Json): Json {
  if (typeof value === "string") return value.toWellFormed();
  if (isJsonArray(value)) return value.map(replaceLoneSurrogates);
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value);
  return Object.fromEntries(
    members.map(([name, member]) => [name.toWellFormed(), replaceLoneSurrogates(member)]),
  );
}
