import { ConfigError } from "../errors.ts";

const RFC_3339 =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:[Zz]|[+-]([0-9]{2}):([0-9]{2}))$/;

/**
 * The same text, if it is a date-time of RFC 3339, section 5.6; a leap second is allowed.
 *
 * @throws {ConfigError} `invalid_time`
 */
export function parseTime(text: string): string {
  const parts = RFC_3339.exec(text)?.slice(1).map(Number);
  if (parts !== undefined && exists(parts)) return text;
  throw new ConfigError("invalid_time", `${JSON.stringify(text)} is not a date and time`, {
    hint: 'write for example "2026-11-25T10:44:00Z"',
  });
}

function exists(parts: readonly number[]): boolean {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const [offsetHour, offsetMinute] = parts.slice(6).map((n) => (Number.isNaN(n) ? 0 : n));
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const isOffset = (offsetHour ?? 0) <= 23 && (offsetMinute ?? 0) <= 59;
  return isDay && hour <= 23 && minute <= 59 && second <= 60 && isOffset;
}
