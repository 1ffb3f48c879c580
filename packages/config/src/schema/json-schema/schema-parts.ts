/**
 * What both flavours of JSON Schemas are made of.
 *
 * @module
 */

import { isJsonObject } from "@llmcfg/core";
import type { Annotations } from "../annotations.ts";
import type { SchemaNode } from "../node.ts";
import { checksOf } from "../zod-def.ts";

export interface JsonSchema {
  [keyword: string]: unknown;
}

export interface WrittenSchema {
  readonly schema: JsonSchema;
  /** What the schema refers to, by name. */
  readonly definitions: ReadonlyMap<string, JsonSchema>;
}

/** What a schema tells about a place, and demands nothing by. */
export function notesOf(node: SchemaNode): JsonSchema {
  const { description, deprecated, values: _values, canonical: _canonical, ...rest } = node.notes;
  const notes: JsonSchema = {};
  if (description !== undefined) notes["description"] = description;
  if (hasDefault(node)) notes["default"] = node.default;
  if (deprecated !== undefined)
    Object.assign(notes, { deprecated: true, "x-deprecated": deprecated });
  const known: Annotations = { ...rest, kind: node.kind };
  const bounds = node.bounds === undefined ? {} : { bounds: node.bounds };
  for (const [name, value] of Object.entries({ ...known, ...bounds })) {
    if (value !== undefined) notes[`x-${name}`] = value;
  }
  return notes;
}

/** The default of a section is that of its members, which tell it themselves. */
function hasDefault({ default: value }: SchemaNode): boolean {
  return value !== undefined && !(isJsonObject(value) && Object.keys(value).length === 0);
}

/** An object with these members, and no others unless `rest` says which. */
export function objectOf(
  properties: Readonly<Record<string, JsonSchema>>,
  { required = [], rest }: { readonly required?: readonly string[]; readonly rest?: JsonSchema },
): JsonSchema {
  return {
    type: "object",
    properties,
    ...(required.length === 0 ? {} : { required: [...required] }),
    additionalProperties: rest ?? false,
  };
}

/** One of several; of a single one that itself. */
export function anyOf(schemas: readonly JsonSchema[]): JsonSchema {
  const [only] = schemas;
  return schemas.length === 1 && only !== undefined ? only : { anyOf: [...schemas] };
}

/** The names that a document must give. */
export function requiredOf({ members }: SchemaNode): readonly string[] {
  return [...members].flatMap(([name, member]) =>
    member.optional || member.notes.derived !== undefined ? [] : [name],
  );
}

/** How many items a list may have. */
export function itemBounds({ core }: SchemaNode): JsonSchema {
  const bounds: JsonSchema = {};
  for (const check of checksOf(core)) {
    if (check.check === "min_length") bounds["minItems"] = check.minimum;
    if (check.check === "max_length") bounds["maxItems"] = check.maximum;
  }
  return bounds;
}
