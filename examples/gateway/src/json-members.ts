/**
 * Reading JSON whose shape others decide: what is missing or of another type is `undefined`.
 *
 * @module
 */

import { isJsonArray, isJsonObject, type Json, type JsonObject } from "@llmcfg/core";

export function textAt(value: Json | undefined, name: string): string | undefined {
  const found = memberAt(value, name);
  return typeof found === "string" ? found : undefined;
}

export function numberAt(value: Json | undefined, name: string): number | undefined {
  const found = memberAt(value, name);
  return typeof found === "number" ? found : undefined;
}

export function objectAt(value: Json | undefined, name: string): JsonObject | undefined {
  const found = memberAt(value, name);
  return isJsonObject(found) ? found : undefined;
}

/** The items of a list that are objects. */
export function objectsAt(value: Json | undefined, name: string): readonly JsonObject[] {
  return listAt(value, name).filter((item) => isJsonObject(item));
}

export function listAt(value: Json | undefined, name: string): readonly Json[] {
  const found = memberAt(value, name);
  return isJsonArray(found) ? found : [];
}

export function memberAt(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The value without the members that are `undefined`. */
export function compact(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const given = Object.entries(members).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(given);
}
