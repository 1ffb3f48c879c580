export { type Json, type JsonPointer, nearestNames } from "@llmcfg/core";
export { ConfigError, type ConfigErrorOptions } from "./errors.ts";
export type {
  ExplainedLayer,
  ExplainedReference,
  Explanation,
  NearMiss,
} from "./explain/explanation.ts";
export type { LoaderOptions } from "./load/loader-core.ts";
export {
  ConfigLoader,
  type LoadOptions,
  type LoadResult,
  type PrecedenceEntry,
} from "./loader.ts";
export {
  formatConfigPath,
  formatPointer,
  type PathSegment,
  parseConfigPath,
  parsePointer,
} from "./paths/config-path.ts";
export { annotate, type FieldNotes, type MaterialCheck } from "./schema/annotations.ts";
export type {
  ConfigSchema,
  CrossCheck,
  CrossFinding,
  DefineSchemaOptions,
  Draft,
  FieldInfo,
} from "./schema/config-schema.ts";
export type {
  ConfigPath,
  DeepPartial,
  DeepReadonly,
  ListPatch,
  ReloadClass,
} from "./schema/config-types.ts";
export { defineSchema } from "./schema/define-schema.ts";
export { toDocument } from "./schema/document.ts";
export {
  type DurationBounds,
  type FieldBuilders,
  field,
  type NumberBounds,
  type SecretOptions,
} from "./schema/field.ts";
export type { JsonSchemaOptions } from "./schema/json-schema.ts";
export type {
  SecretMaterial,
  SecretReadOptions,
  SecretsManager,
} from "./secrets/secrets-manager.ts";
export type {
  ConfigSource,
  SourceContent,
  SourceFailure,
  SourceOutcome,
  SourceRead,
  SourceReadContext,
  SourceWatchContext,
} from "./sources/config-source.ts";
export type { EnvSourceOptions } from "./sources/environment/environment-source.ts";
export type { FileSourceOptions } from "./sources/file-source.ts";
export type {
  Located,
  LocatedArray,
  LocatedObject,
  LocatedScalar,
  Position,
} from "./sources/located.ts";
export type { BusinessRule, RuleContext, RuleFinding } from "./validate/business-rule.ts";
export type { Finding, FindingKind } from "./validate/finding.ts";
export type { SkippedCheck, ValidationReport } from "./validate/report.ts";
export { parseDecimal } from "./values/decimal.ts";
export { Duration } from "./values/duration.ts";
export { compileGlob, type GlobDialect, type GlobMatcher } from "./values/glob.ts";
export { isSecretRef, literalSecret } from "./values/secret-handle.ts";
export { type RevealOptions, revealText, type SecretRef, type Text } from "./values/secret-ref.ts";
export { parseSize } from "./values/size.ts";
export type { Subscription } from "./values/subscription.ts";
export { parseTime } from "./values/time.ts";
