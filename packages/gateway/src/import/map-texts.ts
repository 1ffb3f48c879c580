import { isJsonArray, isJsonObject, type Json, type JsonObject } from "@llmcfg/core";

/** The value with every text in it replaced; `path` has the members and places that lead to it. */
export function mapTexts(
  value: Json,
  replace: (text: string, path: readonly string[]) => string,
  path: readonly string[] = [],
): Json {
  if (typeof value === "string") return replace(value, path);
  if (isJsonArray(value))
    return value.map((item, i) => mapTexts(item, replace, [...path, String(i)]));
  return isJsonObject(value) ? mapObjectTexts(value, replace, path) : value;
}

function mapObjectTexts(
  value: JsonObject,
  replace: (text: string, path: readonly string[]) => string,
  path: readonly string[],
): JsonObject {
  const members = Object.entries(value).map(([name, member]) => {
    return [name, mapTexts(member, replace, [...path, name])] as const;
  });
  return Object.fromEntries(members);
}
