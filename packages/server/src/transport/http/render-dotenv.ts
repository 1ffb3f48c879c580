import { type Finding, type Json, LlmcfgError } from "@llmcfg/core";

const NAME = /^[A-Z_][A-Z0-9_]*$/;
const QUOTES = ["'", '"', "`"] as const;

/**
 * Values as a `.env` file that `dotenv` and Node's `util.parseEnv` read back as the same text:
 * `inference/timeout-seconds` becomes `INFERENCE_TIMEOUT_SECONDS`, what is no text compact JSON.
 *
 * @throws {LlmcfgError} `RULE_VIOLATION` for keys that would share a name or have none, and for
 *   values that the format cannot hold
 */
export function renderDotenv(values: Iterable<readonly [key: string, value: Json]>): string {
  const lines = new Map<string, string>();
  const errors: Finding[] = [];
  for (const [key, value] of values) {
    const name = toVariable(key);
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const quoted = quote(text);
    const fault = faultOf(name, quoted, lines);
    if (fault === undefined) lines.set(name, `${name}=${quoted}\n`);
    else errors.push({ pointer: "", code: "NOT_REPRESENTABLE", detail: `${key} ${fault}` });
  }
  const [first] = errors;
  if (first !== undefined) throw new LlmcfgError("RULE_VIOLATION", first.detail, { errors });
  return [...lines.values()].join("");
}

function toVariable(key: string): string {
  const name = key.replaceAll(/[^A-Za-z0-9_]/g, "_").toUpperCase();
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

function faultOf(
  name: string,
  quoted: string | undefined,
  lines: ReadonlyMap<string, string>,
): string | undefined {
  if (!NAME.test(name)) return "has no name that a variable may have";
  if (lines.has(name)) return `would have the name ${name}, which another key has`;
  return quoted === undefined ? "has a value that a .env file cannot hold" : undefined;
}

/** In quotes that the text does not hold; only double ones have escapes, which readers differ in. */
function quote(text: string): string | undefined {
  if (/[\r\0]/.test(text)) return undefined;
  const quotes = QUOTES.find(
    (mark) => !text.includes(mark) && !(mark === '"' && text.includes("\\")),
  );
  return quotes === undefined ? undefined : quotes + text + quotes;
}
