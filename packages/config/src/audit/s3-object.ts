/**
 * What an object in the bucket is called, and what it holds.
 *
 * @module
 */

import type { AuditRecord } from "./audit-sink.ts";
import { lineOf } from "./chain.ts";

/** `<prefix>/<yyyy>/<mm>/<dd>/<instance>-<first seq>-<last seq>.jsonl`; the day is the first record's. */
export function objectNameOf(
  records: readonly AuditRecord[],
  { prefix, instance }: { readonly prefix: string; readonly instance: string },
): string {
  const [first] = records;
  const last = records.at(-1);
  if (first === undefined || last === undefined) throw new TypeError("an object holds a record");
  const folder = first.timestamp.slice(0, "yyyy-mm-dd".length).replaceAll("-", "/");
  const above = prefix.replace(/\/+$/, "");
  const path = above === "" ? folder : `${above}/${folder}`;
  return `${path}/${instance}-${first.seq}-${last.seq}.jsonl`;
}

export function objectTextOf(records: readonly AuditRecord[]): string {
  return records.map((record) => `${lineOf(record)}\n`).join("");
}

/** Where another chain has taken a name already: the same with the hash of what it holds. */
export function otherNameOf(name: string, hash: string): string {
  return name.replace(/\.jsonl$/, `-${hash.slice(0, 16)}.jsonl`);
}
