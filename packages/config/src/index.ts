/**
 * Configuration of a process from files, environment variables and sources of one's own: declared
 * precedence, validation by a zod schema, secrets as handles, live changes that are all or nothing.
 *
 * @example
 * ```ts
 * import { ConfigLoader, ConfigValidator, createManager, defineSchema, field } from "@llmcfg/config";
 * import { z } from "zod";
 *
 * const schema = defineSchema({
 *   name: "greeter",
 *   envPrefix: "GREETER_",
 *   root: z.strictObject({
 *     greeting: z.string().min(1).default("hello"),
 *     timeout: field.duration({ max: "1m" }).prefault("5s"),
 *   }),
 * });
 *
 * await using config = await createManager({
 *   loader: new ConfigLoader(schema).addFile("greeter.yaml", { optional: true }).addEnv(),
 *   validator: new ConfigValidator(schema),
 * });
 * config.select("greeting", (next) => console.log(`from now on: ${String(next)}`));
 * await config.start();
 *
 * console.log(config.current().greeting, config.current().timeout.ms);
 * console.log(config.explain("greeting").format());
 * ```
 *
 * @module
 */

export { type Json, type JsonPointer, nearestNames } from "@llmcfg/core";
export type { AuditByConfig, AuditSetting, WantedAudit } from "./audit/audit-setting.ts";
export type { AuditHead, AuditRecord, AuditSink } from "./audit/audit-sink.ts";
export { type Clock, systemClock } from "./clock.ts";
export type {
  CommandOptions,
  ConfigManager,
  ExplainOptions,
  ManagerOptions,
  ManagerStatus,
  ReloadOptions,
  RollbackOptions,
  SourceStatus,
  WatchOptions,
} from "./config-manager.ts";
export type { ConfigDiff, DiffEntry, MoveEntry } from "./diff/config-diff.ts";
export { type DoctorFilesOptions, doctorFiles } from "./doctor/doctor-files.ts";
export type { DoctorFinding } from "./doctor/doctor-finding.ts";
export type { WrittenFile } from "./doctor/written-file.ts";
export {
  ConfigError,
  type ConfigErrorOptions,
  ConfigLoadError,
  ConfigValidationError,
  RollbackError,
  SecretResolutionError,
} from "./errors.ts";
export type {
  ExplainedLayer,
  ExplainedLeaf,
  ExplainedReference,
  Explanation,
  NearMiss,
} from "./explain/explanation.ts";
export { type FileStat, type FileSystem, nodeFileSystem } from "./file-system.ts";
export type { Limits } from "./formats/limits.ts";
export type { Format } from "./formats/parse-text.ts";
export type { History, HistoryEntry, RollbackTarget } from "./history/history.ts";
export type { LoaderOptions } from "./load/loader-core.ts";
export {
  ConfigLoader,
  type LoadOptions,
  type LoadResult,
  type PrecedenceEntry,
} from "./loader.ts";
export type { Logger } from "./logger.ts";
export { createManager } from "./manager.ts";
export type {
  ConfigNotification,
  Listener,
  Snapshot,
  SubscribeOptions,
} from "./notify/notification.ts";
export {
  formatConfigPath,
  formatPointer,
  type PathSegment,
  parseConfigPath,
  parsePointer,
} from "./paths/config-path.ts";
export type { Impact, Plan, PlanAnalyser, PlanContext } from "./plan/plan.ts";
export { type PlanChangeOptions, planChange } from "./plan/plan-change.ts";
export type { PlanCandidate } from "./plan/proposed-states.ts";
export type { PendingRestart } from "./reload/effective.ts";
export {
  type PrepareContext,
  type Prepared,
  type ReloadParticipant,
  ReloadVeto,
  type Veto,
} from "./reload/participants.ts";
export type { ReloadResult } from "./reload/reload-result.ts";
export type { Stage, Trigger } from "./reload/trigger.ts";
export { annotate, type FieldNotes, type MaterialCheck } from "./schema/annotations.ts";
export type {
  ConfigSchema,
  CrossCheck,
  CrossCheckContext,
  CrossFinding,
  DefineSchemaOptions,
  Draft,
  FieldInfo,
  LayerView,
  MaterialRule,
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
  type UrlOptions,
} from "./schema/field.ts";
export { type JsonSchemaOptions, jsonSchemaVocabulary } from "./schema/json-schema.ts";
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
  Span,
} from "./sources/located.ts";
export type {
  ConsulSourceOptions,
  EtcdSourceOptions,
  HttpSourceOptions,
  KeyOrPrefix,
  KubernetesSourceOptions,
  RemoteSourceOptions,
} from "./sources/remote/remote-options.ts";
export { type AcceptedState, readAccepted } from "./state/read-accepted.ts";
export { type RequestReloadOptions, requestReload } from "./state/request-reload.ts";
export type { StatusResult } from "./state/status-file.ts";
export type { BusinessRule, RuleContext, RuleFinding } from "./validate/business-rule.ts";
export type { UnknownKeys } from "./validate/check-structure.ts";
export type { CrossFieldResult, Finding, FindingKind } from "./validate/finding.ts";
export { createReport, type SkippedCheck, type ValidationReport } from "./validate/report.ts";
export { ConfigValidator } from "./validator.ts";
export { parseDecimal } from "./values/decimal.ts";
export { Duration } from "./values/duration.ts";
export { compileGlob, type GlobDialect, type GlobMatcher } from "./values/glob.ts";
export { holdsLiteralText, isSecretRef, literalSecret } from "./values/secret-handle.ts";
export { type RevealOptions, revealText, type SecretRef, type Text } from "./values/secret-ref.ts";
export { parseSize } from "./values/size.ts";
export type { Subscription } from "./values/subscription.ts";
export { parseTime } from "./values/time.ts";
