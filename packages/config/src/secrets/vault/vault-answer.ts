/**
 * What Vault and OpenBao answer, as far as secrets and tokens need it.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject, parseJson } from "@llmcfg/core";
import { ConfigError } from "../../errors.ts";

/** A status that says something about the request; `body` where it is a JSON object. */
export interface VaultAnswer {
  readonly status: number;
  readonly body: JsonObject | undefined;
}

/** A token with the time that it lives. */
export interface VaultLease {
  readonly token: string;
  /** From when it was given, in milliseconds; nothing for a token without end. */
  readonly leaseMs: number | undefined;
  readonly isRenewable: boolean;
}

/** One version of a secret: its members, and its number where the engine counts them. */
export interface VaultSecret {
  readonly members: JsonObject;
  readonly version: string | undefined;
}

/** Nothing where the bytes are no JSON object; no failure quotes them. */
export function toBody(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The secret of an answer to a read; nothing where it is not there, or deleted. */
export function secretIn({ body }: VaultAnswer, kvVersion: 1 | 2): VaultSecret | undefined {
  const found = member(body, "data");
  if (kvVersion === 1)
    return found === undefined ? undefined : { members: found, version: undefined };
  const members = member(found, "data");
  const version = member(found, "metadata")?.["version"];
  if (members === undefined) return undefined;
  return { members, version: typeof version === "number" ? String(version) : undefined };
}

/** Why a version that once was cannot be read, as half a sentence. */
export function reasonGone({ body }: VaultAnswer): string | undefined {
  const about = member(member(body, "data"), "metadata");
  if (about?.["destroyed"] === true) return "this version is destroyed";
  const { deletion_time: at } = about ?? {};
  return typeof at === "string" && at !== "" ? `this version is deleted since ${at}` : undefined;
}

/**
 * The lease of an answer to a login or a renewal.
 *
 * @throws {ConfigError} `backend_unreachable` where it is none: something else answered
 */
export function leaseIn({ body }: VaultAnswer): VaultLease {
  const auth = member(body, "auth");
  const token = auth?.["client_token"];
  if (auth === undefined || typeof token !== "string" || token === "") {
    throw new ConfigError("backend_unreachable", "the answer to a login of Vault has no token");
  }
  return toLease(token, auth["lease_duration"], auth["renewable"]);
}

/** The lease of a token that was looked up. */
export function leaseOf(token: string, { body }: VaultAnswer): VaultLease {
  const about = member(body, "data");
  return toLease(token, about?.["ttl"], about?.["renewable"]);
}

/** Seconds; 0 is a token without end. */
function toLease(
  token: string,
  seconds: Json | undefined,
  renewable: Json | undefined,
): VaultLease {
  const leaseMs = typeof seconds === "number" && seconds > 0 ? seconds * 1_000 : undefined;
  return { token, leaseMs, isRenewable: renewable === true };
}

function member(value: JsonObject | undefined, name: string): JsonObject | undefined {
  const inner = value?.[name];
  return isJsonObject(inner) ? inner : undefined;
}
