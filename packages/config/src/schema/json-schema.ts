import * as z from "zod";
import { defOf } from "./zod-def.ts";

export interface JsonSchemaOptions {
  /** `authoring` (for editors) allows references and merge operators; `document` does not. */
  readonly flavour?: "authoring" | "document";
  readonly draft?: "2020-12" | "draft-07";
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What an expanded document may look like, or with references and operators still in it. */
export function toJsonSchema(
  root: z.ZodObject,
  { flavour = "authoring", draft = "2020-12" }: JsonSchemaOptions,
): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(root, {
    target: draft === "2020-12" ? "draft-2020-12" : "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      describeText(zodSchema, jsonSchema);
      if (flavour === "authoring") allowReferences(jsonSchema);
    },
  });
}

/** Text that is checked by a function has no shape that zod could see. */
function describeText(type: z.core.$ZodType, schema: JsonSchema): void {
  if (defOf(type).type === "custom" && schema.type === undefined) schema.type = "string";
}

const REFERENCE: JsonSchema = {
  type: "string",
  pattern: "^\\$\\{env:[A-Za-z_][A-Za-z0-9_]*(:-[^}\\n]*)?\\}$",
};

function allowReferences(schema: JsonSchema): void {
  const { type } = schema;
  if (type === "boolean" || type === "number" || type === "integer") orElse(schema, REFERENCE);
  if (type === "array") orElse(schema, listPatch(schema["x-key"] !== undefined));
}

/** Moves what a schema demands into one branch of two; what it tells (title, default) stays. */
function orElse(schema: JsonSchema, other: JsonSchema): void {
  const demands: Record<string, unknown> = {};
  for (const name of Object.keys(schema)) {
    if (/^(x-|description$|title$|default$|deprecated$)/.test(name)) continue;
    demands[name] = schema[name];
    delete schema[name];
  }
  schema.anyOf = [demands, other];
}

function listPatch(isKeyed: boolean): JsonSchema {
  const items = { type: "array", items: {} };
  const names = { type: "array", items: { type: ["string", "integer"] } };
  const operators = {
    $unset: { anyOf: [names, { const: true }] },
    $append: items,
    $prepend: items,
  };
  const merge = isKeyed ? { $merge: { type: "object" } } : {};
  return {
    type: "object",
    properties: { ...operators, ...merge, $replace: {} } as Record<string, JsonSchema>,
    additionalProperties: false,
    minProperties: 1,
  };
}
