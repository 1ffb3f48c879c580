import type { Json } from "@llmcfg/core";
import { deepFreeze } from "../load/deep-freeze.ts";
import type { SchemaNode } from "./node.ts";

/**
 * What a document has here if it says nothing: `undefined` where the field is required or may be
 * absent. The default of an object has the defaults of its members in it.
 */
export function defaultsOf(node: SchemaNode): Json | undefined {
  if (node.default === undefined) return undefined;
  const known = FILLED.get(node);
  if (known !== undefined) return known;
  const filled = deepFreeze(withDefaults(node, node.default));
  FILLED.set(node, filled);
  return filled;
}

/** Always the same value for a node: who has it may take what is made of it as made. */
const FILLED = new WeakMap<SchemaNode, Json>();

/** The default document of an object, whether or not the object itself may be left out. */
export function memberDefaults(node: SchemaNode): Json {
  return withDefaults(node, {});
}

function withDefaults(node: SchemaNode, value: Json): Json {
  if (node.type !== "object" || !isObject(value)) return value;
  const filled: Record<string, Json> = { ...value };
  for (const [name, member] of node.members) {
    const given = value[name];
    const found = given === undefined ? defaultsOf(member) : withDefaults(member, given);
    if (found !== undefined) filled[name] = found;
  }
  return filled;
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
