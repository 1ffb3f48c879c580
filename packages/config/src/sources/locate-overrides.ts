import { ConfigError } from "../errors.ts";
import { DEFAULT_LIMITS } from "../formats/limits.ts";
import { formatConfigPath, type PathSegment } from "../paths/config-path.ts";
import { Duration } from "../values/duration.ts";
import { isSecretRef } from "../values/secret-handle.ts";
import type { Located, Position } from "./located.ts";

/**
 * Values from code in document form: durations as text, handles as they are. Members that are
 * `undefined` are left out.
 *
 * @throws {ConfigError} `not_a_document` for what no document can hold, `too_deep` for values that
 *   are nested deeper than documents may be, or contain themselves
 */
export function locateOverrides(value: unknown, at: Position): Located {
  return locate(value, at, []);
}

function locate(value: unknown, at: Position, segments: readonly PathSegment[]): Located {
  if (segments.length > DEFAULT_LIMITS.maxDepth) throw tooDeep();
  if (value instanceof Duration) return { type: "scalar", value: value.toString(), at };
  if (isSecretRef(value)) return { type: "scalar", value: value.reference, secret: value, at };
  if (isScalar(value)) return { type: "scalar", value, at };
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) =>
      locate(item, at, [...segments, { type: "index", index }]),
    );
    return { type: "array", items, at };
  }
  if (!isPlainObject(value)) throw noDocument(value, segments);
  const given = Object.entries(value).filter(([, member]) => member !== undefined);
  const entries = given.map(([name, member]) => {
    return [name, locate(member, at, [...segments, { type: "member", name }])] as const;
  });
  return { type: "object", entries: new Map(entries), at };
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

/** An object literal, of this realm or another: no date, no map, nothing with a class. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function noDocument(value: unknown, segments: readonly PathSegment[]): ConfigError {
  const place = segments.length === 0 ? "the overrides" : formatConfigPath(segments);
  const what = typeof value === "object" ? (value?.constructor.name ?? "object") : typeof value;
  return new ConfigError("not_a_document", `${place} is of type ${what}, which no document holds`, {
    hint: "give text, numbers, booleans, null, lists and plain objects",
  });
}

function tooDeep(): ConfigError {
  const message = `the overrides are nested more than ${DEFAULT_LIMITS.maxDepth} deep`;
  return new ConfigError("too_deep", message, { hint: "a value may not contain itself" });
}
