import { isJsonArray, isJsonObject, type Json } from "@llmcfg/core";

/**
 * Values as Java properties: `name=value` lines, members of objects as `a.b`, elements as `a[0]`.
 * ISO 8859-1, other characters as `\uXXXX`.
 */
export function renderProperties(values: Iterable<readonly [name: string, value: Json]>): string {
  return [...values]
    .flatMap(([name, value]) => flatten(name, value))
    .map(([name, text]) => `${escapeName(name)}=${escapeText(text)}\n`)
    .join("");
}

function flatten(name: string, value: Json): readonly (readonly [string, string])[] {
  if (isJsonArray(value) && value.length > 0) {
    return value.flatMap((element, i) => flatten(`${name}[${i}]`, element));
  }
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([member, inner]) => flatten(`${name}.${member}`, inner));
  }
  return [[name, textOf(value)]];
}

function textOf(value: Json): string {
  if (typeof value === "string") return value;
  return value === null ? "" : JSON.stringify(value);
}

function escapeName(name: string): string {
  return escapeCharacters(name).replaceAll(/[ =:#!]/g, String.raw`\$&`);
}

function escapeText(text: string): string {
  return escapeCharacters(text).replace(/^ /, String.raw`\ `);
}

const NAMED: Readonly<Record<string, string>> = {
  "\\": String.raw`\\`,
  "\n": String.raw`\n`,
  "\r": String.raw`\r`,
  "\t": String.raw`\t`,
  "\f": String.raw`\f`,
};

function escapeCharacters(text: string): string {
  let escaped = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const isPlain = unit >= 0x20 && unit < 0x7f;
    const code = String.raw`\u` + unit.toString(16).padStart(4, "0");
    escaped += NAMED[text.charAt(i)] ?? (isPlain ? text.charAt(i) : code);
  }
  return escaped;
}
