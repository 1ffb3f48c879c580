/**
 * Decimals moved by powers of ten, digit by digit: money is never a binary fraction.
 *
 * @module
 */

/**
 * The value times `10^places`, in canonical form: no exponent, no needless zeros.
 *
 * @param digits as products write numbers: `0.000_002`, `2e-6`, `.5`
 * @returns `undefined` for what is no number from 0 upwards, or is out of all proportion
 */
export function shiftDecimal(digits: string, places: number): string | undefined {
  const written = /^\+?([0-9]*)(?:\.([0-9]*))?(?:[eE]([-+]?[0-9]{1,3}))?$/.exec(
    digits.replaceAll("_", ""),
  );
  if (written === null) return undefined;
  const [, whole = "", fraction = "", exponent = "0"] = written;
  const all = whole + fraction;
  if (all === "") return undefined;
  return place(all, whole.length + Number(exponent) + places);
}

/** The digits with the point behind the first `point` of them, canonical. */
function place(digits: string, point: number): string {
  const left = "0".repeat(Math.max(0, -point)) + digits;
  const at = Math.max(0, point);
  const padded = left.padEnd(at, "0");
  const whole = padded.slice(0, at).replace(/^0+/, "");
  const fraction = padded.slice(at).replace(/0+$/, "");
  return fraction === "" ? whole || "0" : `${whole || "0"}.${fraction}`;
}
