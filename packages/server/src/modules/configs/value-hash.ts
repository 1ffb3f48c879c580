/**
 * What stands for a value where the value itself is not shown.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { canonicalize, type ItemType, type Json } from "@llmcfg/core";
import type { Keyring, WaitOptions } from "../keys/ports.ts";

/** Of a sensitive value: a hash that belongs to its item, and a fingerprint of the tenant. */
export interface SecretHashes {
  /** `hmac:…` */
  readonly hash: string;
  /** 8 hex digits. */
  readonly fingerprint: string;
}

/** `sha256:…` of the canonical value (RFC 8785), of the bytes where it is a document or binary. */
export function plainHash(type: ItemType, value: Json): string {
  const bytes = bytesOf(type, value);
  return sha256(
    typeof bytes === "object" && bytes instanceof Uint8Array ? bytes : canonicalize(bytes),
  );
}

export async function secretHashes(
  keyring: Pick<Keyring, "valueHash" | "fingerprint">,
  item: { readonly tenant: string; readonly itemId: string; readonly type: ItemType },
  value: Json,
  options?: WaitOptions,
): Promise<SecretHashes> {
  const bytes = item.type === "binary" ? bytesOf(item.type, value) : value;
  const [hash, fingerprint] = await Promise.all([
    keyring.valueHash(item.tenant, item.itemId, bytes, options),
    keyring.fingerprint(item.tenant, bytes, options),
  ]);
  return { hash, fingerprint };
}

/** `sha256:` and the hash of text in UTF-8, or of bytes. */
export function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function bytesOf(type: ItemType, value: Json): Json | Uint8Array {
  if (typeof value !== "string") return value;
  if (type === "document") return Buffer.from(value);
  return type === "binary" ? Buffer.from(value, "base64") : value;
}
