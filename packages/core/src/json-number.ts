/**
 * Which numbers everyone who reads JSON takes for the same number (RFC 7493, section 2.2).
 *
 * @module
 */

/** Whether it is finite and no integer beyond ±(2^53−1), where neighbours fall together. */
export function isSafeNumber(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

/**
 * Whether `value`, the double nearest to a JSON number, has all the digits of its text.
 *
 * Holds for `0.1` and `1.50`: what is written again for the double has the same value.
 */
export function keepsDigits(text: string, value: number): boolean {
  const again = String(value);
  if (again === text) return true;
  const written = toDecimal(text);
  const kept = toDecimal(again);
  return written.digits === kept.digits && (written.digits === "" || written.power === kept.power);
}

interface Decimal {
  /** Without zeros at either end, so empty for zero. */
  readonly digits: string;
  /** The power of ten that the last digit stands for. */
  readonly power: number;
}

function toDecimal(text: string): Decimal {
  const [mantissa = "", exponent = "0"] = text.replace(/^-/, "").toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = whole + fraction;
  const end = endOfDigits(digits);
  return {
    digits: end === 0 ? "" : digits.slice(digits.search(/[1-9]/), end),
    power: Number(exponent) - fraction.length + (digits.length - end),
  };
}

/** Index behind the last digit that is not zero. A loop: `/0+$/` would be quadratic. */
function endOfDigits(digits: string): number {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end -= 1;
  return end;
}
