/**
 * ETags: a keyed hash of what is effective at a key, the core, then what tells representations of
 * it apart. Nothing can be learned from one, and nobody can make one up.
 *
 * @module
 */

import { canonicalize, formatPath, type Json } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import type { EntityTags } from "./entity-tags.ts";
import type { Effective } from "./ports.ts";

/** Characters of a core; whatever follows is not compared by `If-Match`. */
const CORE_LENGTH = 16;

type Authenticator = Pick<Keyring, "authenticate">;

/**
 * 16 characters that stand for the effective state of one key.
 *
 * Equal only while the same layers contribute the same versions, and references lead to the same
 * values: a change in an ancestor that counts changes it too.
 */
export async function etagCore(
  keyring: Authenticator,
  tenant: string,
  effective: Effective,
): Promise<string> {
  return await authenticated(keyring, tenant, stateOf(effective));
}

/** 16 more characters, for a representation that shows more, or something else, than the state. */
export async function etagVariant(
  keyring: Authenticator,
  tenant: string,
  what: Json,
): Promise<string> {
  return await authenticated(keyring, tenant, ["variant", what]);
}

/** The core of an ETag: equal in all representations of one state. @param etag without quotes */
export function coreOf(etag: string): string {
  return etag.slice(0, CORE_LENGTH);
}

/** Whether a tag is one of a representation of the state that `core` stands for. */
export function isTagOf(opaque: string, core: string): boolean {
  const end = opaque.lastIndexOf(".");
  return end >= CORE_LENGTH && opaque.slice(0, CORE_LENGTH) === core;
}

/** `If-Match`: weak tags never match; `core` is `undefined` where nothing is effective. */
export function satisfiesIfMatch(tags: EntityTags, core: string | undefined): boolean {
  if (core === undefined) return false;
  return tags === "*" || tags.some(({ opaque, isWeak }) => !isWeak && isTagOf(opaque, core));
}

/** `If-None-Match` of a read: weak tags count as strong ones. @param opaque of the answer */
export function matchesAny(tags: EntityTags, opaque: string): boolean {
  return tags === "*" || tags.some((tag) => tag.opaque === opaque);
}

function stateOf({ ref, trace, hash }: Effective): Json {
  const layers = trace.layers.flatMap(({ env, state, item }) =>
    item !== undefined && (state === "winner" || state === "partial") ? [[env, item.version]] : [],
  );
  const references = trace.references.map(({ target, version, found }) => [
    formatPath(target),
    version ?? null,
    found,
  ]);
  return [formatPath(ref), layers, hash, references];
}

async function authenticated(keyring: Authenticator, tenant: string, state: Json): Promise<string> {
  const mac = await keyring.authenticate(tenant, "etag", canonicalize(state));
  return Buffer.from(mac.subarray(0, 12)).toString("base64url");
}
