/**
 * Typed values side by side.
 *
 * @module
 */

import { Duration } from "../values/duration.ts";
import { ownMember } from "../values/own-member.ts";
import { holdsLiteralText, isSameSecret, isSecretRef } from "../values/secret-handle.ts";

export type Members = Readonly<Record<string, unknown>>;

/** Whether it has members of its own: durations and handles are values. */
export function isMembers(value: unknown): value is Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(value instanceof Duration) && !isSecretRef(value);
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Equal in what they mean: handles by their reference, what is literal in them by its bytes. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true; // 0 and -0 are one number in JSON
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Duration && b instanceof Duration) return a.ms === b.ms;
  if (isSecretRef(a) && isSecretRef(b)) return isSameSecret(a, b);
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, i) => isEqual(item, b[i]));
  }
  return isMembers(a) && isMembers(b) && haveEqualMembers(a, b);
}

function haveEqualMembers(a: Members, b: Members): boolean {
  let count = 0;
  for (const name of Object.keys(a)) {
    if (a[name] === undefined) continue;
    if (!isEqual(a[name], ownMember(b, name))) return false;
    count++;
  }
  return count === countOf(b);
}

/** How many members are there. */
export function countOf(value: Members): number {
  let count = 0;
  for (const name of Object.keys(value)) if (value[name] !== undefined) count++;
  return count;
}

/** The names of members that are there. */
export function namesOf(value: Members): readonly string[] {
  return Object.keys(value).filter((name) => value[name] !== undefined);
}

/** Whether a literal secret lies in the value: it is there, and never shown. */
export function holdsLiteral(value: unknown): boolean {
  if (isSecretRef(value)) return holdsLiteralText(value);
  if (isList(value)) return value.some(holdsLiteral);
  return isMembers(value) && Object.values(value).some(holdsLiteral);
}

/** The text that names an item of a keyed list. */
export function keyOfItem(item: unknown, key: string): string | undefined {
  const name = isMembers(item) ? item[key] : undefined;
  return typeof name === "string" ? name : undefined;
}
