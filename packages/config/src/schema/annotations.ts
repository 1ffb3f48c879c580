/**
 * What schemas say about fields beside their type. JSON annotations lie in zod's own metadata,
 * so that they appear in JSON Schemas; functions lie beside it.
 *
 * @module
 */

import * as z from "zod";
import type { ReloadClass } from "./config-types.ts";

/** What is said of a field beside its type. */
export interface FieldNotes {
  readonly reload?: ReloadClass;
  /** Left out of diff and checksum. */
  readonly informational?: boolean;
  /** Other names that are accepted for this member on input. */
  readonly aliases?: readonly string[];
  /**
   * Whether the file behind a secret or material is watched, so that new content of it is a rotation
   * at once; default true. Where it is not, new content is met by who reads it next.
   */
  readonly watch?: boolean;
  readonly since?: string;
  readonly deprecated?: string;
  readonly description?: string;
}

/** Adds annotations without changing the type. Later ones are added to earlier ones. */
export function annotate<S extends z.ZodType>(schema: S, notes: FieldNotes): S {
  const { description, ...rest } = notes;
  const annotations: Record<string, unknown> = description === undefined ? {} : { description };
  for (const [name, value] of Object.entries(rest)) annotations[`x-${name}`] = value;
  return schema.meta({ ...schema.meta(), ...annotations });
}

/** The annotations of one schema, as far as they are known here. */
export interface Annotations extends FieldNotes {
  readonly kind?: string;
  /** Of a keyed list: the member that names an item. */
  readonly key?: string;
  readonly lexical?: boolean;
  /** Bounds as text, where the type itself does not carry them. */
  readonly bounds?: string;
  /** Of an enum: the canonical values. */
  readonly values?: readonly string[];
  /** Of a tag with other spellings: the one that is written out. */
  readonly canonical?: string;
  /** The path that the default is computed from. */
  readonly derived?: string;
}

export function annotationsOf(schema: z.core.$ZodType): Annotations {
  const meta = z.globalRegistry.get(schema as z.ZodType) ?? {}; // only looked up by identity
  const entries = Object.entries(meta).map(([name, value]) => [name.replace(/^x-/, ""), value]);
  return Object.fromEntries(entries) as Annotations; // as annotate and the field builders wrote it
}

/** Says what is wrong with the material of a secret, never quoting it; nothing if it is right. */
export type MaterialCheck = (material: string) => string | undefined;

/** What is known of the material of a field. */
export interface MaterialRules {
  readonly check?: MaterialCheck | undefined;
  /** Whether a literal gives nothing away, and is no secret that stands in the configuration. */
  readonly isPublic?: ((literal: string) => boolean) | undefined;
}

/** The rules for what a handle resolves to. Weak, and keyed by schema. */
const MATERIAL_RULES: z.core.$ZodRegistry<MaterialRules> = z.registry();

/** Types that are derived from this one (`.refine()`, `.meta()`) have the rules too. */
export function withMaterialRules<S extends z.ZodType>(schema: S, rules: MaterialRules): S {
  MATERIAL_RULES.add(schema, rules);
  return schema;
}

export function materialRulesOf(schema: z.core.$ZodType): MaterialRules | undefined {
  return MATERIAL_RULES.get(schema);
}
