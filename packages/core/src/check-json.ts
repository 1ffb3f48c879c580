import type { Finding } from "./errors.ts";
import { type JsonPointer, memberPointer } from "./json.ts";
import {
  DEFAULT_JSON_LIMITS,
  findingFor,
  isReservedName,
  type JsonFaultCode,
  type JsonLimits,
} from "./json-limits.ts";
import { isSafeNumber } from "./json-number.ts";

/** More findings than these help nobody. */
const MAX_FINDINGS = 20;

/**
 * What keeps a value from being JSON of the kind that `parseJson` gives, by the same rules: empty
 * where it is. For values that were not parsed by it: of YAML, TOML, a message, a caller's code.
 *
 * At most 20 findings; the limits end the walk, so a circle of references ends too. O(nodes).
 */
export function checkJson(value: unknown, limits: JsonLimits = {}): readonly Finding[] {
  const check: Check = { limits: { ...DEFAULT_JSON_LIMITS, ...limits }, findings: [], nodes: 0 };
  walk({ value, pointer: "", depth: 0 }, check);
  return check.findings;
}

interface Check {
  readonly limits: Required<JsonLimits>;
  readonly findings: Finding[];
  nodes: number;
}

interface Place {
  readonly value: unknown;
  readonly pointer: JsonPointer;
  /** Of the objects and arrays around it. */
  readonly depth: number;
}

/** Whether to go on. */
function walk(place: Place, check: Check): boolean {
  check.nodes += 1;
  if (check.nodes > check.limits.maxNodes) return stop("TOO_MANY_NODES", place, check);
  if (Array.isArray(place.value)) return walkArray(place.value, place, check);
  if (isPlainObject(place.value)) return walkObject(Object.entries(place.value), place, check);
  const fault = faultOfScalar(place.value);
  return fault === undefined || find(fault, place, check);
}

function walkArray(elements: readonly unknown[], place: Place, check: Check): boolean {
  const isTooLong = check.nodes + elements.length > check.limits.maxNodes; // before it is copied
  if (isTooLong) return stop("TOO_MANY_NODES", place, check);
  return walkMembers([...elements.entries()], place, check);
}

function walkObject(
  members: readonly (readonly [string, unknown])[],
  place: Place,
  check: Check,
): boolean {
  if (members.length > check.limits.maxMembers) return stop("TOO_MANY_MEMBERS", place, check);
  for (const [name] of members) {
    const member = { ...place, pointer: memberPointer(place.pointer, name) };
    if (isReservedName(name) && !find("RESERVED_MEMBER", member, check)) return false;
    if (!name.isWellFormed() && !find("LONE_SURROGATE", member, check)) return false;
  }
  return walkMembers(members, place, check);
}

function walkMembers(
  members: readonly (readonly [string | number, unknown])[],
  { pointer, depth }: Place,
  check: Check,
): boolean {
  if (depth === check.limits.maxDepth) return stop("TOO_DEEP", { pointer }, check);
  return members.every(([name, value]) =>
    walk({ value, pointer: memberPointer(pointer, name), depth: depth + 1 }, check),
  );
}

function faultOfScalar(value: unknown): JsonFaultCode | undefined {
  if (value === null || typeof value === "boolean") return undefined;
  if (typeof value === "string") return value.isWellFormed() ? undefined : "LONE_SURROGATE";
  if (typeof value === "number") return isSafeNumber(value) ? undefined : "UNSAFE_NUMBER";
  return "NOT_JSON";
}

/** Dates, maps and instances of classes are not: JSON would not give them back. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function stop(code: JsonFaultCode, { pointer }: Pick<Place, "pointer">, check: Check): false {
  check.findings.push(findingFor(code, pointer));
  return false;
}

function find(code: JsonFaultCode, { pointer }: Pick<Place, "pointer">, check: Check): boolean {
  check.findings.push(findingFor(code, pointer));
  return check.findings.length < MAX_FINDINGS;
}
