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

/** What sort of disagreement between fields it is, and what it is about. */
export type CrossFieldResult =
  /** `field` names something that is not there. */
  | {
      readonly type: "invalid_reference";
      readonly field: ConfigPath;
      readonly reference: string;
    }
  | { readonly type: "duplicate_id"; readonly field: ConfigPath; readonly id: string }
  /** A `${secret:…}`, `${env:…}` or `${file:…}` that stands for nothing, or for nothing usable. */
  | {
      readonly type: "invalid_secret_reference";
      readonly path: ConfigPath;
      readonly reference: string;
      /** The backend gave no answer: what the reference stands for may well be right. */
      readonly isUnreachable?: true;
    }
  | { readonly type: "conflict" }
  | { readonly type: "rule_violation" };

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
  /** Where the code is explained. */
  readonly help?: string;
  /** Of cross-field checks and business rules. */
  readonly result?: CrossFieldResult;
}
