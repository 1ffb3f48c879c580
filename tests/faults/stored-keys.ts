/**
 * What a server says is in `development/faults`.
 *
 * @module
 */

import type { Access } from "./mortal-server.ts";

export interface StoredKey {
  readonly key: string;
  readonly value: number;
  /** That wrote the value. */
  readonly revision: number;
}

/** A write as the audit log has it. */
export interface RecordedWrite {
  readonly key: string;
  readonly revision: number;
}

/** By key. */
export async function listStoredKeys(access: Access): Promise<readonly StoredKey[]> {
  return await readAll<StoredKey>(access, "/v1/configs/development/faults?limit=500");
}

/** In the order of the log. */
export async function listRecordedWrites(access: Access): Promise<readonly RecordedWrite[]> {
  const filter = "action=config.write&env=development&service=faults&order=oldest&limit=500";
  const events = await readAll<{ path: string; revision: number }>(
    access,
    `/v1/audit/events?${filter}`,
  );
  return events.map(({ path, revision }) => ({
    key: path.slice("development/faults/".length),
    revision,
  }));
}

/** The newest revision of the store. */
export async function readHead(access: Access): Promise<number> {
  const response = await ask(access, "/v1/configs/development/faults?limit=1");
  await response.body?.cancel();
  return Number(response.headers.get("config-revision"));
}

/** Whether the audit log is whole. */
export async function isAuditValid(access: Access): Promise<boolean> {
  const response = await ask(access, "/v1/audit/verify", { method: "POST", body: "{}" });
  const { valid } = (await response.json()) as { valid: boolean }; // the wire format
  return valid;
}

export async function readBundle(
  access: Access,
): Promise<{ readonly revision: number; readonly hash: string }> {
  const response = await ask(access, "/v1/bundles/development/faults");
  return (await response.json()) as { revision: number; hash: string }; // the wire format
}

async function readAll<T>(access: Access, path: string): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await ask(access, `${path}${more}`);
    // the wire format of every page
    const page = (await response.json()) as { items: readonly T[]; nextCursor: string | null };
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

async function ask({ url, token }: Access, path: string, init?: RequestInit): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, { ...init, headers });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}
