/**
 * Spans of time as people write them: `500ms`, `15s`, `10m`, `24h`, `90d`.
 *
 * @module
 */

import { invalidArgument } from "./invalid-argument.ts";

const DURATION = /^(\d{1,15})(ms|s|m|h|d)$/;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A day has 24 hours. */
const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", SECOND_MS],
  ["m", MINUTE_MS],
  ["h", HOUR_MS],
  ["d", DAY_MS],
]);

/**
 * Milliseconds.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` where it is no whole number with a unit, and where the
 *   milliseconds are beyond 2^53−1
 */
export function parseDuration(text: string): number {
  const [, count, unit = ""] = DURATION.exec(text) ?? [];
  const durationMs = Number(count) * (UNITS_MS.get(unit) ?? Number.NaN);
  if (Number.isSafeInteger(durationMs)) return durationMs;
  throw invalidArgument("this is not a duration", {
    expected: "a whole number with ms, s, m, h or d, such as 500ms, 15s, 10m, 24h, 90d",
  });
}

/** The whole of the largest unit that fits: `12s`, `3m`, `7h`, `2d`. What lies ahead is `0s`. */
export function formatAge(ageMs: number): string {
  if (ageMs >= DAY_MS) return `${Math.floor(ageMs / DAY_MS)}d`;
  if (ageMs >= HOUR_MS) return `${Math.floor(ageMs / HOUR_MS)}h`;
  if (ageMs >= MINUTE_MS) return `${Math.floor(ageMs / MINUTE_MS)}m`;
  return `${Math.max(0, Math.floor(ageMs / SECOND_MS))}s`;
}
