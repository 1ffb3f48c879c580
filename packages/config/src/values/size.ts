import { ConfigError } from "../errors.ts";

const FACTORS: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["KB", 1_000],
  ["KiB", 1_024],
  ["MB", 1_000_000],
  ["MiB", 1_048_576],
  ["GB", 1_000_000_000],
  ["GiB", 1_073_741_824],
]);

/**
 * The bytes that `10MiB`, `10 KB` or a whole number stand for.
 *
 * @throws {ConfigError} `invalid_size`, with a hint
 */
export function parseSize(value: number | string): number {
  const bytes = typeof value === "number" ? value : bytesOf(value);
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new ConfigError("invalid_size", `${JSON.stringify(value)} is not a size in bytes`, {
    hint: `write a whole number or for example "10MiB" (${[...FACTORS.keys()].join(", ")})`,
  });
}

function bytesOf(text: string): number {
  const [, digits, unit] = /^([0-9]+)(?: ?([A-Za-z]+))?$/.exec(text) ?? [];
  return Number(digits) * (unit === undefined ? 1 : (FACTORS.get(unit) ?? Number.NaN));
}
