/**
 * Cursors: where a list goes on. Opaque, and of use only with the list and the caller they were
 * made for.
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import { canonicalize, type Json, LlmcfgError, parseJson } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import type { Caller } from "../policy/ports.ts";

const MAC_BYTES = 16;

/** What a cursor is bound to: who lists, and what. */
export interface Listing {
  readonly caller: Caller;
  /** All that selects or orders the items. */
  readonly filters: Json;
}

/** @param position of the last item that was given */
export async function sealCursor(
  keyring: Pick<Keyring, "authenticate">,
  listing: Listing,
  position: Json,
): Promise<string> {
  const text = canonicalize(position);
  const mac = await macOf(keyring, listing, text);
  return Buffer.concat([mac, Buffer.from(text)]).toString("base64url");
}

/** @throws {LlmcfgError} `INVALID_ARGUMENT` for a cursor that was altered, or made for another list */
export async function openCursor(
  keyring: Pick<Keyring, "authenticate">,
  listing: Listing,
  cursor: string,
): Promise<Json> {
  const bytes = Buffer.from(cursor, "base64url");
  const given = bytes.subarray(0, MAC_BYTES);
  const text = bytes.subarray(MAC_BYTES).toString();
  const mac = await macOf(keyring, listing, text);
  const isWhole = given.length === MAC_BYTES && bytes.toString("base64url") === cursor; // Node decodes leniently
  if (!isWhole || !timingSafeEqual(mac, given)) {
    const detail = "this cursor does not belong to this list";
    const errors = [{ pointer: "/cursor", code: "INVALID_ARGUMENT", detail }];
    throw new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
  }
  return parseJson(text);
}

async function macOf(
  keyring: Pick<Keyring, "authenticate">,
  { caller, filters }: Listing,
  text: string,
): Promise<Buffer> {
  const bound = canonicalize([caller.actor.principal, filters, text]);
  const mac = await keyring.authenticate(caller.tenant, "cursor", bound);
  return Buffer.from(mac.subarray(0, MAC_BYTES));
}
