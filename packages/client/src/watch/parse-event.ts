import {
  isJsonObject,
  isReservedName,
  type Json,
  type JsonObject,
  LlmcfgError,
} from "@llmcfg/core";
import type { WatchEvent } from "@llmcfg/protocol";

/**
 * Reads the data of a stream's event.
 *
 * @returns `undefined` for a type that this version does not know: topics that come later
 * @throws {LlmcfgError} `INTERNAL` for what is no event of ours
 */
export function parseWatchEvent(text: string): WatchEvent | undefined {
  const value = parseObject(text);
  const isKnown = KNOWN.has(value["type"] ?? null);
  if (!isKnown) return undefined;
  if (!isWatchEvent(value)) throw noEvent();
  // Its type is one of ours and what is read of that type is there.
  return value as unknown as WatchEvent;
}

const KNOWN: ReadonlySet<Json> = new Set<Json>([
  "config.changed",
  "config.deleted",
  "heartbeat",
  "reset",
]);

function isWatchEvent(value: JsonObject): boolean {
  const { type, revision, hash, reason, retryAfterMs, changes } = value;
  if (!Number.isSafeInteger(revision)) return false;
  if (type === "heartbeat") return typeof hash === "string";
  if (type === "reset") return typeof reason === "string" && typeof retryAfterMs === "number";
  return Array.isArray(changes) && changes.every(isChange);
}

function isChange(value: Json): boolean {
  if (!isJsonObject(value)) return false;
  const { key, op, hash } = value;
  if (typeof key !== "string" || isReservedName(key)) return false; // no server has such keys
  return op === "delete" || (op === "put" && typeof hash === "string");
}

function parseObject(text: string): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(text) as Json; // all that JSON.parse gives
  } catch (error) {
    throw noEvent(error);
  }
  if (isJsonObject(value)) return value;
  throw noEvent();
}

function noEvent(cause?: unknown): LlmcfgError {
  return new LlmcfgError("INTERNAL", "the stream holds something that is no event", {}, { cause });
}
