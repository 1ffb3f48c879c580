import { isJsonArray, isJsonObject, type Json, type JsonObject } from "./json.ts";

/** Whether two values are the same JSON; the order of members does not count. */
export function equalJson(a: Json, b: Json): boolean {
  if (isJsonArray(a)) return isJsonArray(b) && equalArrays(a, b);
  if (isJsonObject(a)) return isJsonObject(b) && equalObjects(a, b);
  return a === b;
}

function equalArrays(a: readonly Json[], b: readonly Json[]): boolean {
  return (
    a.length === b.length &&
    a.every((element, i) => {
      const other = b[i];
      return other !== undefined && equalJson(element, other);
    })
  );
}

function equalObjects(a: JsonObject, b: JsonObject): boolean {
  const members = Object.entries(a);
  return (
    members.length === Object.keys(b).length &&
    members.every(([name, member]) => {
      const other = Object.hasOwn(b, name) ? b[name] : undefined;
      return other !== undefined && equalJson(member, other);
    })
  );
}
