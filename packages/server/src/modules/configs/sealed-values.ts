/**
 * Values as they go into an envelope and come out of it: their JSON text in UTF-8.
 *
 * @module
 */

import { type ItemVersion, type Json, LlmcfgError, SecretBytes } from "@llmcfg/core";
import type { Keyring, SealAddress, WaitOptions } from "../keys/ports.ts";

/** Where a value is sealed: bound to its item and version, so it opens nowhere else. */
type Sealable = Pick<ItemVersion, "ref" | "itemId" | "version">;

export async function sealValue(
  keyring: Pick<Keyring, "seal">,
  tenant: string,
  item: Sealable,
  value: Json,
  options?: WaitOptions,
): Promise<string> {
  using plaintext = new SecretBytes(new TextEncoder().encode(JSON.stringify(value)));
  return await keyring.seal(addressOf(tenant, item), plaintext, options);
}

/** @throws {LlmcfgError} `INTEGRITY_FAILED`; `SEALED` where the keys are away */
export async function openValue(
  keyring: Pick<Keyring, "open">,
  tenant: string,
  item: ItemVersion,
  options?: WaitOptions,
): Promise<Json> {
  if (item.stored.kind === "plain") return item.stored.value;
  if (item.stored.kind === "none") throw new TypeError("a deleted or masked item has no value");
  using plaintext = await keyring.open(addressOf(tenant, item), item.stored.sealed, options);
  return plaintext.withBytes(parseSealed);
}

function parseSealed(bytes: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Json; // as sealValue wrote it
  } catch {
    // Without its cause, which may quote the plaintext.
    throw new LlmcfgError("INTEGRITY_FAILED", "a sealed value does not hold what was put in", {});
  }
}

function addressOf(tenant: string, { ref, itemId, version }: Sealable): SealAddress {
  return {
    tenant,
    env: ref.env,
    service: ref.service,
    key: ref.key,
    itemId,
    version,
    class: "secret",
  };
}
