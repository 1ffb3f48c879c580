import { isJsonObject, type Json, type JsonObject } from "@llmcfg/core";

/** The object with a value at a path of members; what is on the way is made. */
export function withMember(
  object: JsonObject,
  [name, ...rest]: readonly string[],
  value: Json,
): JsonObject {
  if (name === undefined) return object;
  if (rest.length === 0) return { ...object, [name]: value };
  const inner = Object.hasOwn(object, name) ? object[name] : undefined;
  return { ...object, [name]: withMember(isJsonObject(inner) ? inner : {}, rest, value) };
}
