/**
 * Plain scalars as PyYAML reads them: YAML 1.1, but for `y` and `n`, and floats only with a point.
 *
 * @see https://yaml.org/type/
 * @module
 */

/** A value, and a sentence where other readers of YAML would see another one. */
export interface ReadScalar {
  readonly value: string | number | boolean | null;
  readonly remark?: string;
}

/** What a plain scalar means. A number that JSON cannot hold is its text. */
export function readPlainScalar(source: string): ReadScalar {
  if (NULL.test(source)) return { value: null };
  if (BOOLEAN.test(source)) return readBoolean(source);
  if (INTEGER.test(source)) return readInteger(source);
  if (FLOAT.test(source)) return readFloat(source);
  return { value: source };
}

const NULL = /^(~|null|Null|NULL|)$/;
const BOOLEAN = /^(yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const INTEGER =
  /^([-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+)$/;
const FLOAT =
  /^([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;

function readBoolean(source: string): ReadScalar {
  const value = /^(yes|true|on)$/i.test(source);
  if (/^(true|false)$/i.test(source)) return { value };
  return { value, remark: `${source} is ${String(value)} in YAML 1.1` };
}

function readInteger(source: string): ReadScalar {
  const value = integerValue(source.replaceAll("_", ""));
  if (!Number.isSafeInteger(value))
    return { value: source, remark: "kept as a text: it is too large a number" };
  if (/^[-+]?(0|[1-9][0-9]*)$/.test(source)) return { value };
  return { value, remark: `${source} is ${value} in YAML 1.1` };
}

function integerValue(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/, "");
  if (digits.includes(":")) return sign * sexagesimal(digits);
  if (/^0[bx]/.test(digits)) return sign * Number(digits);
  return sign * (/^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits));
}

function readFloat(source: string): ReadScalar {
  const text = source.replaceAll("_", "");
  const value = text.includes(":") ? sexagesimal(text) : Number(text);
  if (!Number.isFinite(value))
    return { value: source, remark: "kept as a text: it is no finite number" };
  return /[_:]/.test(source) ? { value, remark: `${source} is ${value} in YAML 1.1` } : { value };
}

/** `1:30` is 90: base 60. */
function sexagesimal(text: string): number {
  return text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
