/**
 * What single values look like: the grammars of kinds as patterns, and what zod itself knows.
 *
 * @module
 */

import * as z from "zod";
import type { SchemaNode } from "../node.ts";
import { defOf } from "../zod-def.ts";
import type { JsonSchema } from "./schema-parts.ts";

/** What a document may have at a leaf, in its canonical form or in any form that people write. */
export function leafSchema(node: SchemaNode, form: "canonical" | "written"): JsonSchema {
  switch (node.kind) {
    case "json":
      return {};
    case "duration":
      return { type: "string", pattern: DURATION };
    case "time":
      return { type: "string", pattern: TIME };
    case "size":
      return form === "canonical"
        ? SIZE
        : { anyOf: [SIZE, { type: "string", pattern: SIZE_TEXT }] };
    case "decimal":
      return form === "canonical" ? DECIMAL : { anyOf: [AMOUNT, DECIMAL] };
    case "url":
      return { type: "string", pattern: URL_OR_REFERENCE };
    case "text":
    case "secret":
    case "material":
    case "glob":
      return { type: "string" };
    case "enum":
      return { enum: form === "canonical" ? canonicalOf(node) : [...acceptedOf(node)] };
    default:
      return plainSchema(node);
  }
}

function canonicalOf(node: SchemaNode): readonly unknown[] {
  const { canonical, values } = node.notes;
  if (canonical !== undefined) return [canonical];
  return values === undefined ? [...node.literals] : [...values];
}

/** Canonical values and their aliases. */
function acceptedOf({ core, literals }: SchemaNode): readonly unknown[] {
  const def = defOf(core);
  if (def.type !== "pipe") return literals;
  const input = defOf(def.in);
  if (input.type === "enum") return Object.values(input.entries);
  return input.type === "literal" ? input.values : literals;
}

/** As zod has it; names of formats are left out, which validators need not know. */
function plainSchema({ core }: SchemaNode): JsonSchema {
  const written = z.toJSONSchema(core, { io: "input", unrepresentable: "any" }) as JsonSchema; // it is one
  const demands = Object.entries(written).filter(
    ([name, value]) => !TOLD.test(name) && Math.abs(Number(value)) !== Number.MAX_SAFE_INTEGER,
  );
  const schema: JsonSchema = Object.fromEntries(demands);
  return defOf(core).type === "custom" ? { type: "string", ...schema } : schema;
}

const TOLD = /^(x-.*|\$schema|id|title|description|default|deprecated|examples|format)$/;

const UNITS = [
  "w|weeks?",
  "d|days?",
  "h|hours?",
  "m|min|minutes?",
  "s|sec|seconds?",
  "ms|millis|msec|milliseconds?",
].map((names) => `[0-9]+(?:${names})`);

/** Each unit at most once, largest first: begun with any of them. */
const DURATION = `^(?:${UNITS.map((first, i) => {
  const others = UNITS.slice(i + 1).map((unit) => `(?: ?${unit})?`);
  return first + others.join("");
}).join("|")})$`;

/** RFC 3339, section 5.6. */
const TIME =
  "^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)" +
  "(?:\\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$";

const SIZE: JsonSchema = { type: "integer", minimum: 0 };
const SIZE_TEXT = "^[0-9]+(?: ?(?:B|KB|KiB|MB|MiB|GB|GiB))?$";
const DECIMAL: JsonSchema = { type: "string", pattern: "^[0-9]+(?:\\.[0-9]+)?$" };
const AMOUNT: JsonSchema = { type: "number", minimum: 0 };
const URL_OR_REFERENCE = "^(?:[A-Za-z][A-Za-z0-9+.-]*:|\\$\\{)";
