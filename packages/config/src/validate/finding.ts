import type { JsonPointer } from "@llmcfg/core";
import type { ConfigPath } from "../schema/config-types.ts";
import type { Position } from "../sources/located.ts";

/**
 * `schema_violation`: wrong type, unknown or missing key, unknown variant or enum value.
 * `field_validation`: bound, pattern, format, grammar.
 */
export type FindingKind =
  | "schema_violation"
  | "field_validation"
  | "cross_field_validation"
  | "business_rule";

/** One thing that is wrong, or should be looked at. Shows no secret. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: "error" | "warning";
  /** In snake_case: `unknown_key`. */
  readonly code: string;
  readonly path: ConfigPath;
  readonly pointer: JsonPointer;
  /** Name of the business rule, for that kind. */
  readonly rule?: string;
  /** What is wrong and what was found. */
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
  /** Id of the source that has the value. */
  readonly source?: string;
  readonly position?: Position;
  readonly related?: readonly { readonly path: ConfigPath; readonly position?: Position }[];
  /** The lines of the source around the position, as far as they may be shown. */
  readonly snippet?: string;
  readonly help?: string;
}
