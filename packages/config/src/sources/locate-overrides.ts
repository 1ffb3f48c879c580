import { Duration } from "../values/duration.ts";
import { isSecretRef } from "../values/secret-handle.ts";
import type { Located, Position } from "./located.ts";

/**
 * Values from code in document form: durations as text, handles as they are. Members that are
 * `undefined` are left out.
 */
export function locateOverrides(value: unknown, at: Position): Located {
  if (value instanceof Duration) return { type: "scalar", value: value.toString(), at };
  if (isSecretRef(value)) return { type: "scalar", value: value.reference, secret: value, at };
  if (Array.isArray(value)) {
    return { type: "array", items: value.map((item) => locateOverrides(item, at)), at };
  }
  if (typeof value === "object" && value !== null) {
    const given = Object.entries(value).filter(([, member]) => member !== undefined);
    const entries = given.map(([name, member]) => [name, locateOverrides(member, at)] as const);
    return { type: "object", entries: new Map(entries), at };
  }
  return { type: "scalar", value: value as string | number | boolean | null, at }; // what JSON has beside these
}
