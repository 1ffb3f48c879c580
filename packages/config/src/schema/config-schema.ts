/**
 * The schema of a configuration: one zod object, from which types, defaults, validation, kinds
 * and JSON Schema come.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
import type * as z from "zod";
import type { WrittenFile } from "../doctor/written-file.ts";
import type { PlanAnalyser } from "../plan/plan.ts";
import type { CrossFieldResult } from "../validate/finding.ts";
import type { ConfigPath, ReloadClass } from "./config-types.ts";
import type { JsonSchemaOptions } from "./json-schema.ts";

/** What a schema is made of; only name and root are required. */
export interface DefineSchemaOptions<S extends z.ZodObject> {
  readonly name: string;
  readonly root: S;
  /** Default prefix of `addEnv`, for example `GATEWAY_`. */
  readonly envPrefix?: string;
  /** Defaults that depend on other values; run after the merge, traced as derived. */
  readonly derive?: (draft: Draft) => void;
  readonly crossChecks?: readonly CrossCheck[];
  /** Checks on what secrets resolve to; they run where secrets are resolved. */
  readonly materialRules?: readonly MaterialRule[];
  /** Where a code of a finding is explained: becomes the `help` of findings that have this code. */
  readonly help?: (code: string) => string | undefined;
  /** What a change means in the words of the application; for plans. */
  readonly analysers?: readonly PlanAnalyser<z.output<S>>[];
  /** Where the block lies that says which manager answers for `${secret:…}`: `secrets`. */
  readonly secrets?: ConfigPath;
  /** The files that an application with this configuration writes; the doctor looks at them. */
  readonly writes?: (config: z.output<S>) => readonly WrittenFile[];
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
  check(document: Json, report: (finding: CrossFinding) => void, context: CrossCheckContext): void;
}

/** What a check may know beside the document. */
export interface CrossCheckContext {
  /** Whether a layer spoke about the place: neither the schema's default nor a derived one. */
  isGiven(path: ConfigPath): boolean;
  readonly now: Date;
  /** Every layer but the defaults, weakest first. */
  readonly layers: readonly LayerView[];
}

/** One layer by itself. */
export interface LayerView {
  /** Id of the source. */
  readonly source: string;
  /**
   * What the layer says: no defaults, references as text, names of members canonical, operators as
   * they are written, literal secrets as `[redacted]`.
   */
  readonly document: Json;
  /** What {@link LayerView.document} has at these members, each inside the one before. */
  readonly at: (...names: readonly string[]) => Json | undefined;
  /**
   * SHA-256 in lower-case hex of the canonical JSON (RFC 8785) of {@link LayerView.document} without
   * informational fields. Computed when it is asked for.
   */
  readonly checksum: string;
}

/** What a cross-field check found, and where. */
export interface CrossFinding {
  /** The first one is the place of the finding, the others are related. */
  readonly paths: readonly ConfigPath[];
  readonly message: string;
  readonly hint?: string;
  readonly severity?: "error" | "warning";
  /** The finding speaks about the value that this layer has, which may not be the one that wins. */
  readonly source?: string;
  /** What sort of thing is wrong; a conflict unless it is said. */
  readonly result?: CrossFieldResult;
}

/** A check on what secrets resolve to, where a field's own rule does not tell. */
export interface MaterialRule {
  readonly code: string;
  readonly severity?: "error" | "warning";
  readonly hint?: string;
  /**
   * Sets of places that are looked at together; a set counts only if a secret, or text, stands at each
   * of its places. The first one is the place of the finding.
   */
  places(document: Json): Iterable<readonly ConfigPath[]>;
  /** Says what is wrong, never quoting what it was given; nothing if it is right. */
  check(materials: readonly string[]): string | undefined;
}

/** Kinds, defaults, bounds, reload classes and checks of one configuration. */
export interface ConfigSchema<T> {
  readonly name: string;
  readonly envPrefix: string | undefined;
  /** Default document; required fields are absent. */
  defaults(): Json;
  /** JSON Schema; unless asked otherwise of 2020-12, with references and operators allowed. */
  jsonSchema(options?: JsonSchemaOptions): Readonly<Record<string, unknown>>;
  /** Nothing for a path that the schema does not know. @throws {ConfigError} `malformed_path` */
  field(path: ConfigPath): FieldInfo | undefined;
  /** Nearest known paths, for hints. */
  suggest(path: ConfigPath): readonly ConfigPath[];
  /** Type carrier only. */
  readonly _type?: T;
}

/** What the schema says about one path. */
export interface FieldInfo {
  readonly path: ConfigPath;
  /** `int`, `duration`, `text`, `secret`, `keyed list`, `object`… */
  readonly kind: string;
  readonly reload: ReloadClass;
  /** Whether some layer has to give it. */
  readonly required: boolean;
  readonly nullable: boolean;
  /** In document form; nothing where there is none. */
  readonly default: Json | undefined;
  /** Whether its values are handles that are never shown. */
  readonly secret: boolean;
  /** As people write them: `1–65535`, `≥ 1`. */
  readonly bounds: string | undefined;
  readonly description: string | undefined;
}
