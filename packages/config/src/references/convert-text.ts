import { isJsonObject, isLlmcfgError, type Json, parseJson } from "@llmcfg/core";
import { ConfigError } from "../errors.ts";
import { numberFault } from "../merge/check-number.ts";
import type { SchemaNode } from "../schema/node.ts";

/** Kinds whose values are text in a document: their grammar is checked later, by the schema. */
const TEXT_KINDS: ReadonlySet<string> = new Set([
  "string",
  "text",
  "url",
  "secret",
  "material",
  "id",
  "glob",
  "time",
  "duration",
  "size",
  "decimal",
]);

/** Of those, the ones for which an empty text is a value. */
const FREE_TEXT: ReadonlySet<string> = new Set([
  "string",
  "text",
  "url",
  "secret",
  "material",
  "glob",
]);

/**
 * The value that text from outside (a variable) stands for where the schema says `nodes`.
 *
 * The kind of the field decides, never the look of the text: a string field takes `007`, `true`
 * and `null` as they are. Only where the schema leaves it open the text is tried as JSON.
 *
 * @throws {ConfigError} `env_empty` or `invalid_value`, which names the kind and never the text;
 *   `unsafe_integer`, `not_finite`
 */
export function convertText(text: string, nodes: readonly SchemaNode[]): Json {
  const [node] = nodes;
  if (node === undefined) return text; // the schema does not know the place, and says so later
  const isText = nodes.some(({ kind }) => FREE_TEXT.has(kind));
  if (text === "" && !isText && node.kind !== "json") {
    throw new ConfigError("env_empty", `the value is empty: expected ${withArticle(node.kind)}`);
  }
  if (text === "null" && !isText && nodes.some(({ nullable }) => nullable)) return null;
  return node.type === "union" ? convertUnion(text, node) : convertTo(text, node);
}

function convertTo(text: string, node: SchemaNode): Json {
  if (TEXT_KINDS.has(node.kind)) return text;
  if (node.type === "object" || node.type === "map") return readJson(text, node);
  if (node.type === "list") return convertList(text, node);
  switch (node.kind) {
    case "bool":
      if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
      throw invalid(node, "write true or false");
    case "int":
      if (/^[-+]?[0-9]+$/.test(text)) return exactNumber(text);
      throw invalid(node);
    case "number":
      if (/^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$/.test(text))
        return exactNumber(text);
      throw invalid(node);
    case "json":
      return guess(text);
    default:
      return node.literals.find((literal) => String(literal) === text) ?? text;
  }
}

function exactNumber(text: string): number {
  const value = Number(text);
  const fault = numberFault(value, text);
  if (fault === undefined) return value;
  const { code, message, hint } = fault;
  throw new ConfigError(code, message, { hint });
}

/** A union of names and objects: what begins like an object is one, else the first that fits. */
function convertUnion(text: string, node: SchemaNode): Json {
  const [structured] = node.variants.filter(({ type }) => type !== "leaf");
  if (structured !== undefined && /^\s*[{[]/.test(text)) return readJson(text, structured);
  for (const variant of node.variants.filter(({ type }) => type === "leaf" || type === "union")) {
    const value = tryConvert(text, variant);
    if (value !== undefined) return value;
  }
  throw invalid(node, structured === undefined ? undefined : "write a JSON object");
}

function tryConvert(text: string, node: SchemaNode): Json | undefined {
  try {
    return convertText(text, [node]);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function convertList(text: string, node: SchemaNode): Json {
  if (/^\s*[[{]/.test(text)) return readJson(text, node);
  const { element } = node;
  if (element?.type !== "leaf" || element.kind === "json")
    throw invalid(node, "write a JSON array");
  return text.split(",").map((item) => convertTo(item.trim(), element));
}

function readJson(text: string, node: SchemaNode): Json {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!isLlmcfgError(error)) throw error;
    throw invalid(node, "write it as JSON");
  }
  const isFitting = node.type === "list" ? isList(value) : isJsonObject(value);
  if (!isFitting) throw invalid(node, "write it as JSON");
  return value;
}

/** The operators of the merge stand in place of a list (MRG-3); what is wrong with them it says. */
function isList(value: Json): boolean {
  if (Array.isArray(value)) return true;
  return isJsonObject(value) && Object.keys(value).some((name) => name.startsWith("$"));
}

/** Where anything may stand: JSON, a number, `true` or `false` in any case, else text. */
function guess(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    if (!isLlmcfgError(error)) throw error;
  }
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  return /^[-+]?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : text;
}

function invalid({ kind, bounds }: SchemaNode, hint?: string): ConfigError {
  const range = bounds === undefined ? "" : ` ${bounds}`;
  const message = `the value is not ${withArticle(kind)}: expected ${kind}${range}`;
  return new ConfigError("invalid_value", message, { hint });
}

function withArticle(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
