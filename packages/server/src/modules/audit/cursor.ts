import { timingSafeEqual } from "node:crypto";
import { canonicalize, type JsonObject, LlmcfgError } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";

/** What a page of the log is one of; a cursor of another one is refused. */
export interface CursorScope {
  readonly tenant: string;
  /** Filters and order. */
  readonly filter: JsonObject;
}

type CursorKeys = Pick<Keyring, "authenticate">;

/** Where the next page begins: after the record at the index. Opaque, bound to the scope. */
export async function formatCursor(
  keyring: CursorKeys,
  scope: CursorScope,
  after: number,
): Promise<string> {
  const position = Buffer.alloc(8);
  position.writeBigUInt64BE(BigInt(after));
  return Buffer.concat([position, await proofOf(keyring, scope, after)]).toString("base64url");
}

/** @throws {LlmcfgError} `INVALID_ARGUMENT` for one that was altered or made for another scope */
export async function parseCursor(
  keyring: CursorKeys,
  scope: CursorScope,
  cursor: string,
): Promise<number> {
  const bytes = Buffer.from(cursor, "base64url");
  if (bytes.length !== 40 || bytes.toString("base64url") !== cursor) throw refusal();
  const after = Number(bytes.readBigUInt64BE(0));
  if (!Number.isSafeInteger(after)) throw refusal();
  const proof = await proofOf(keyring, scope, after);
  if (!timingSafeEqual(proof, bytes.subarray(8))) throw refusal();
  return after;
}

async function proofOf(
  keyring: CursorKeys,
  { tenant, filter }: CursorScope,
  after: number,
): Promise<Uint8Array> {
  const text = canonicalize({ list: "audit.events", filter, after });
  return await keyring.authenticate(tenant, "cursor", text);
}

function refusal(): LlmcfgError {
  const detail = "the cursor was not given by this list with these filters";
  const errors = [{ pointer: "/cursor", code: "INVALID_CURSOR", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
