/**
 * Instants as text: `2026-11-22T02:20:01.114Z`.
 *
 * @module
 */

import { invalidArgument } from "./invalid-argument.ts";

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/**
 * In UTC with milliseconds.
 *
 * @param atMs milliseconds since 1970, in the years 0 to 9999
 * @throws {TypeError} outside of those
 * @see RFC 3339, section 5.6
 */
export function formatTime(atMs: number): string {
  const isInRange = atMs >= FIRST_MS && atMs <= LAST_MS;
  if (!isInRange) throw new TypeError("the instant is outside of the years 0 to 9999");
  return new Date(atMs).toISOString();
}

const FIRST_MS = Date.parse("0000-01-01T00:00:00.000Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * Milliseconds since 1970 of an instant in UTC; the fraction of a second may be left out.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` for anything else, and for days that no calendar has
 */
export function parseTime(text: string): number {
  const atMs = TIME.test(text) ? Date.parse(text) : Number.NaN;
  const isReal = !Number.isNaN(atMs) && formatTime(atMs).slice(0, 19) === text.slice(0, 19);
  if (isReal) return atMs;
  throw invalidArgument("this is not an instant", {
    expected: "RFC 3339 in UTC, such as 2026-11-22T02:20:01.114Z",
  });
}
