/**
 * The schema of a configuration: one zod object, from which types, defaults, validation, kinds
 * and JSON Schema come.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
import type * as z from "zod";
import type { ConfigPath, ReloadClass } from "./config-types.ts";
import type { JsonSchemaOptions } from "./json-schema.ts";

export interface DefineSchemaOptions<S extends z.ZodObject> {
  readonly name: string;
  readonly root: S;
  /** Default prefix of `addEnv`, for example `GATEWAY_`. */
  readonly envPrefix?: string;
  /** Defaults that depend on other values; run after the merge, traced as derived. */
  readonly derive?: (draft: Draft) => void;
  readonly crossChecks?: readonly CrossCheck[];
  /** Where the block lies that says which manager answers for `${secret:…}`: `secrets`. */
  readonly secrets?: ConfigPath;
}

/** Mutable view of the raw document during derivation: aliases resolved, `${env:…}` expanded. */
export interface Draft {
  /** The value at a place, schema defaults included; a secret is its reference. */
  get(path: ConfigPath): Json | undefined;
  /**
   * Gives a value to a place that no layer spoke about. A schema default does not count as
   * spoken, so that a derived default may take its place.
   */
  setDefault(path: ConfigPath, value: Json, derivedFrom: ConfigPath): void;
  /** The paths of the items of a list, or of the members of a map, that are there. */
  items(path: ConfigPath): Iterable<ConfigPath>;
}

/** Schema-level check on the document with all defaults in; `paths` gives positions to the finding. */
export interface CrossCheck {
  readonly code: string;
  /** Skipped, and listed so, when one of these places is structurally invalid. */
  readonly needs: readonly ConfigPath[];
  check(document: Json, report: (finding: CrossFinding) => void): void;
}

export interface CrossFinding {
  /** The first one is the place of the finding, the others are related. */
  readonly paths: readonly ConfigPath[];
  readonly message: string;
  readonly hint?: string;
  readonly severity?: "error" | "warning";
}

export interface ConfigSchema<T> {
  readonly name: string;
  readonly envPrefix: string | undefined;
  /** Default document; required fields are absent. */
  defaults(): Json;
  /** JSON Schema; unless asked otherwise of 2020-12, with references and operators allowed. */
  jsonSchema(options?: JsonSchemaOptions): Readonly<Record<string, unknown>>;
  field(path: ConfigPath): FieldInfo | undefined;
  /** Nearest known paths, for hints. */
  suggest(path: ConfigPath): readonly ConfigPath[];
  /** Type carrier only. */
  readonly _type?: T;
}

export interface FieldInfo {
  readonly path: ConfigPath;
  readonly kind: string;
  readonly reload: ReloadClass;
  readonly required: boolean;
  readonly nullable: boolean;
  readonly default: Json | undefined;
  readonly secret: boolean;
  readonly bounds: string | undefined;
  readonly description: string | undefined;
}
