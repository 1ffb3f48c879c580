import { compileGlob } from "@llmcfg/config";
import { isJsonObject, type Json } from "@llmcfg/core";
import { RE2JS } from "re2js";
import type { Comparison } from "../schema/rule-condition.ts";

/** Whether a value of the request passes; `undefined` is a value that is not there. */
export type Test = (value: Json | undefined) => boolean;

/**
 * Compiles an operator with its operand. A value that is not there passes `ne` and `nin` alone.
 *
 * `gt`, `gte`, `lt` and `lte` compare numbers, and text that is a number: headers have no other.
 * `eq` and `in` take a number for its text too. `regex` is RE2 syntax and is found anywhere in
 * the text: `^…$` makes it match the whole.
 *
 * @throws where a pattern does not compile: validation refuses such a document
 */
export function compileComparison({ op, value }: Comparison): Test {
  switch (op) {
    case "eq":
      return (given) => given !== undefined && isEqual(given, value);
    case "ne":
      return (given) => given === undefined || !isEqual(given, value);
    case "in":
      return (given) => given !== undefined && isMember(given, value);
    case "nin":
      return (given) => given === undefined || !isMember(given, value);
    case "gt":
      return compareNumbers(value, (given, operand) => given > operand);
    case "gte":
      return compareNumbers(value, (given, operand) => given >= operand);
    case "lt":
      return compareNumbers(value, (given, operand) => given < operand);
    case "lte":
      return compareNumbers(value, (given, operand) => given <= operand);
    case "prefix": {
      const prefix = textOf(value);
      return (given) => typeof given === "string" && given.startsWith(prefix);
    }
    case "glob": {
      const matches = compileGlob(textOf(value));
      return (given) => typeof given === "string" && matches(given);
    }
    case "regex": {
      const regex = RE2JS.compile(textOf(value));
      return (given) => typeof given === "string" && regex.test(given);
    }
  }
}

function textOf(operand: Json): string {
  if (typeof operand === "string") return operand;
  throw new TypeError("the operator needs a text");
}

function compareNumbers(value: Json, holds: (given: number, operand: number) => boolean): Test {
  const operand = toNumber(value);
  return (given) => holds(toNumber(given), operand); // NaN: nothing holds
}

function toNumber(value: Json | undefined): number {
  if (typeof value === "number") return value;
  const isNumeric = typeof value === "string" && /^-?[0-9]+(\.[0-9]+)?$/.test(value);
  return isNumeric ? Number(value) : Number.NaN;
}

function isMember(given: Json, list: Json): boolean {
  return Array.isArray(list) && list.some((item: Json) => isEqual(given, item));
}

/** Deep, and members in any order. */
function isEqual(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a === "string" && typeof b === "number") return a === String(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item: Json, i) => isEqual(item, b[i] ?? null));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(a[name] ?? null, b[name] ?? null))
  );
}
