/**
 * Values out of a foreign document, with the leniency of products that convert what they are given.
 *
 * @module
 */

import type { Located } from "@llmcfg/config";

/** The member of an object; `undefined` where there is none, or the node is no object. */
export function member(
  node: Located | undefined,
  ...names: readonly string[]
): Located | undefined {
  return names.reduce<Located | undefined>(
    (at, name) => (at?.type === "object" ? at.entries.get(name) : undefined),
    node,
  );
}

export function membersOf(node: Located | undefined): readonly (readonly [string, Located])[] {
  return node?.type === "object" ? [...node.entries] : [];
}

export function itemsOf(node: Located | undefined): readonly Located[] {
  return node?.type === "array" ? node.items : [];
}

/** Null, or an empty text, list or object: the product takes it as not given. */
export function isNothing(node: Located): boolean {
  if (node.type === "object") return node.entries.size === 0;
  if (node.type === "array") return node.items.length === 0;
  return node.value === null || node.value === "";
}

/** A text that is not empty. */
export function textOf(node: Located | undefined): string | undefined {
  return node?.type === "scalar" && typeof node.value === "string" && node.value !== ""
    ? node.value
    : undefined;
}

/** A finite number, also one that is written as a text. */
export function numberOf(node: Located | undefined): number | undefined {
  if (node?.type !== "scalar" || typeof node.value === "boolean") return undefined;
  const { value } = node;
  if (typeof value === "string" && !/^\s*[-+]?[0-9.][0-9._]*([eE][-+]?[0-9]+)?\s*$/.test(value))
    return undefined;
  const number = typeof value === "string" ? Number(value.replaceAll("_", "")) : value;
  return number !== null && Number.isFinite(number) ? number : undefined;
}

/** A whole number within the bounds. */
export function integerOf(
  node: Located | undefined,
  { min, max = Number.MAX_SAFE_INTEGER }: { readonly min: number; readonly max?: number },
): number | undefined {
  const number = numberOf(node);
  const isFine = number !== undefined && Number.isSafeInteger(number) && number >= min;
  return isFine && number <= max ? number : undefined;
}

export function flagOf(node: Located | undefined): boolean | undefined {
  if (node?.type !== "scalar") return undefined;
  if (typeof node.value === "boolean") return node.value;
  const text = typeof node.value === "string" ? node.value.toLowerCase() : "";
  return text === "true" ? true : text === "false" ? false : undefined;
}

/** The digits of a number as they stand in the source. */
export function digitsOf(node: Located | undefined): string | undefined {
  if (node?.type !== "scalar") return undefined;
  if (typeof node.value === "string") return node.value.trim();
  return typeof node.value === "number" ? (node.lexeme ?? String(node.value)) : undefined;
}
