import { ConfigError } from "../errors.ts";

const UNITS = [
  { unit: "w", ms: 604_800_000, names: ["w", "week", "weeks"] },
  { unit: "d", ms: 86_400_000, names: ["d", "day", "days"] },
  { unit: "h", ms: 3_600_000, names: ["h", "hour", "hours"] },
  { unit: "m", ms: 60_000, names: ["m", "min", "minute", "minutes"] },
  { unit: "s", ms: 1_000, names: ["s", "sec", "second", "seconds"] },
  { unit: "ms", ms: 1, names: ["ms", "millis", "msec", "millisecond", "milliseconds"] },
] as const;

/** Names that people write and that this grammar refuses, with what to write instead. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ...["mo", "month", "months"].map((n) => [n, 'a month has no fixed length: write "30d"'] as const),
  ...["y", "yr", "year", "years"].map((n) => [n, 'write "365d", the longest duration'] as const),
  ...["us", "µs", "usec", "micros", "microseconds", "ns", "nanos", "nanoseconds"].map(
    (n) => [n, 'the shortest unit is the millisecond: write "1ms"'] as const,
  ),
]);

const MAX_MS = 365 * 86_400_000;
const PART = /([0-9]+)([a-zµ]+)/y;

/** Immutable span of whole milliseconds, from 0 to 365 days. */
export class Duration {
  readonly ms: number;

  private constructor(ms: number) {
    this.ms = ms;
    Object.freeze(this);
  }

  /**
   * Reads `250ms` or `1m 30s`: digits with a unit, each unit at most once, largest first.
   *
   * @throws {ConfigError} `duration_without_unit`, `invalid_duration` or `duration_out_of_range`,
   *   with a hint
   */
  static parse(text: string): Duration {
    if (/^[0-9]+$/.test(text)) {
      const hint = `write "${text}s" or "${text}ms"`;
      throw new ConfigError("duration_without_unit", `duration "${text}" has no unit`, { hint });
    }
    return Duration.fromMs(totalMs(text));
  }

  /** @throws {ConfigError} `duration_out_of_range` unless a whole number from 0 to 365 days */
  static fromMs(ms: number): Duration {
    if (Number.isSafeInteger(ms) && ms >= 0 && ms <= MAX_MS) return new Duration(ms);
    throw new ConfigError("duration_out_of_range", "a duration is a whole number of milliseconds", {
      hint: "the range is 0 to 365d",
    });
  }

  /** Canonical text such as `1m 30s`; zero is `0s`. Weeks are written as days. */
  toString(): string {
    let rest = this.ms;
    const parts: string[] = [];
    for (const { unit, ms } of UNITS) {
      if (unit === "w") continue; // `7d` reads better beside `8d`
      const count = Math.floor(rest / ms);
      if (count > 0) parts.push(`${count}${unit}`);
      rest -= count * ms;
    }
    return parts.length === 0 ? "0s" : parts.join(" ");
  }

  toJSON(): string {
    return this.toString();
  }
}

function totalMs(text: string): number {
  let total = 0;
  let position = 0;
  let largestAllowed = 0; // index into UNITS
  while (position < text.length || position === 0) {
    if (position > 0 && text[position] === " ") position++;
    PART.lastIndex = position;
    const [part, digits = "", name = ""] = PART.exec(text) ?? [];
    if (part === undefined) throw malformed(text);
    const unit = unitOf(name, text);
    if (unit < largestAllowed) throw disordered(text);
    total += Number(digits) * (UNITS[unit]?.ms ?? 0);
    largestAllowed = unit + 1;
    position += part.length;
  }
  return total;
}

function unitOf(name: string, text: string): number {
  const unit = UNITS.findIndex(({ names }) => names.some((n) => n === name));
  if (unit >= 0) return unit;
  throw malformed(text, REFUSED.get(name));
}

function malformed(text: string, because?: string): ConfigError {
  const shown = JSON.stringify(text);
  const hint = because ?? (/[.,]/.test(text) ? decimalHint(text) : 'write for example "1m 30s"');
  return new ConfigError("invalid_duration", `${shown} is not a duration`, { hint });
}

function decimalHint(text: string): string {
  const [, amount = "", name = ""] = /^\s*([0-9]*[.,][0-9]+)\s*([a-z]+)$/.exec(text) ?? [];
  const unit = UNITS.find(({ names }) => names.some((n) => n === name));
  const ms = Number(amount.replace(",", ".")) * (unit?.ms ?? Number.NaN);
  const instead = Number.isSafeInteger(ms) ? `: write "${Duration.fromMs(ms).toString()}"` : "";
  return `a duration has whole numbers only${instead}`;
}

function disordered(text: string): ConfigError {
  const message = `the units of duration ${JSON.stringify(text)} are repeated or out of order`;
  const hint = 'each unit at most once, largest first: "1h 30m"';
  return new ConfigError("invalid_duration", message, { hint });
}
