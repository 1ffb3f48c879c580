import { ConfigError } from "../errors.ts";

/**
 * Canonical text of an amount that is not negative: no exponent, no needless zeros (`0.5`, `12`).
 *
 * Money is never a binary fraction: text of any length is kept exactly.
 *
 * @throws {ConfigError} `invalid_decimal`
 */
export function parseDecimal(value: number | string): string {
  const text = typeof value === "number" ? numberText(value) : value;
  const [, whole, fraction = ""] = /^([0-9]+)(?:\.([0-9]+))?$/.exec(text) ?? [];
  if (whole === undefined) {
    const shown = JSON.stringify(value);
    const hint = 'write a number from 0 upwards or a decimal string such as "2.50"';
    throw new ConfigError("invalid_decimal", `${shown} is not a decimal amount`, { hint });
  }
  const kept = fraction.replace(/0+$/, "");
  const units = whole.replace(/^0+(?=[0-9])/, "");
  return kept === "" ? units : `${units}.${kept}`;
}

/** As JavaScript writes it, but for exponents: `1e-7` is `0.0000001`. */
function numberText(value: number): string {
  const [, digits = "", exponent] = /^([0-9.]+)e([+-][0-9]+)$/.exec(String(value)) ?? [];
  if (exponent === undefined) return String(value);
  const [whole = "", fraction = ""] = digits.split(".");
  const point = whole.length + Number(exponent);
  const all = whole + fraction;
  if (point <= 0) return `0.${"0".repeat(-point)}${all}`;
  return all.length <= point
    ? all.padEnd(point, "0")
    : `${all.slice(0, point)}.${all.slice(point)}`;
}
