import type * as z from "zod";
import { writeAuthoringSchema } from "./json-schema/authoring-schema.ts";
import { writeDocumentSchema } from "./json-schema/document-schema.ts";
import { SchemaNode } from "./node.ts";

/** Which JSON Schema is made of a schema. */
export interface JsonSchemaOptions {
  /**
   * `authoring` (for editors) is what one layer may look like: references, merge operators, aliases,
   * `$schema` and `$include` are allowed, and whatever another layer may give is optional. `document`
   * is the merged document in its canonical form, with references to text expanded.
   */
  readonly flavour?: "authoring" | "document";
  readonly draft?: "2020-12" | "draft-07";
}

/**
 * The annotations that schemas have beside what the drafts define: what a validator that is strict
 * about keywords has to be told.
 */
export const jsonSchemaVocabulary: readonly string[] = [
  "x-aliases",
  "x-bounds",
  "x-deprecated",
  "x-derived",
  "x-informational",
  "x-key",
  "x-kind",
  "x-lexical",
  "x-reload",
  "x-since",
  "x-watch",
];

/** The JSON Schema of a configuration: self-contained, strict, with descriptions and defaults. */
export function toJsonSchema(
  root: z.ZodObject,
  { flavour = "authoring", draft = "2020-12" }: JsonSchemaOptions,
): Readonly<Record<string, unknown>> {
  const write = flavour === "authoring" ? writeAuthoringSchema : writeDocumentSchema;
  const definitionsKey = draft === "2020-12" ? "$defs" : "definitions";
  const { schema, definitions } = write(new SchemaNode(root), `#/${definitionsKey}/`);
  return {
    $schema: DIALECTS[draft],
    ...schema,
    ...(definitions.size === 0 ? {} : { [definitionsKey]: Object.fromEntries(definitions) }),
  };
}

const DIALECTS = {
  "2020-12": "https://json-schema.org/draft/2020-12/schema",
  "draft-07": "http://json-schema.org/draft-07/schema#",
} as const;
