import { field, type SecretRef, type Text } from "@llmcfg/config";
import * as z from "zod";
import { described, drain, setOf } from "./fields.ts";

/** What can be recorded. */
export const AUDIT_EVENT_TYPES = [
  "config_loaded",
  "config_change",
  "config_rollback",
  "config_reload_failed",
  "config_validation_failed",
  "config_restart_required",
  "config_drift_detected",
  "secret_accessed",
  "secret_rotated",
  "secret_resolution_failed",
  "auth_succeeded",
  "auth_failed",
  "authorization_denied",
  "rate_limited",
  "request_started",
  "request_finished",
  "request_error",
  "provider_enabled",
  "provider_disabled",
  "provider_health_changed",
  "circuit_opened",
  "circuit_closed",
  "content_filtered",
  "policy_changed",
  "admin_action",
  "startup",
  "shutdown",
] as const;

/** The events that an audit log records. */
export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

/** `config.*`: every type that begins with `config_`. */
const SHORTHANDS = [
  "config.*",
  "secret.*",
  "auth.*",
  "request.*",
  "provider.*",
  "circuit.*",
] as const;

/** An event, or all events of one kind: `secret.*`. */
export type AuditEventPattern = AuditEventType | (typeof SHORTHANDS)[number];

const DEFAULT_EVENTS: readonly AuditEventType[] = AUDIT_EVENT_TYPES.filter(
  (type) =>
    /^(config|secret)_/.test(type) ||
    ["auth_failed", "authorization_denied", "admin_action", "policy_changed"].includes(type),
);

/** Who changed and used what. `config_*` and `secret_resolution_failed` stay on while enabled. */
export interface AuditConfig {
  readonly enabled: boolean;
  /** True: the record is durable before the change applies. */
  readonly required: boolean;
  readonly events: readonly AuditEventPattern[];
  readonly output: AuditOutput;
  readonly include_bodies: boolean;
  readonly redact_sensitive: boolean;
}

/** Where audit records go. */
export type AuditOutput =
  | { readonly type: "file"; readonly path: Text }
  | { readonly type: "database"; readonly connection_string: SecretRef }
  | { readonly type: "s3"; readonly bucket: Text; readonly prefix: Text };

const auditOutput: z.ZodType<AuditOutput> = z.discriminatedUnion("type", [
  z.strictObject({
    type: described(z.literal("file"), "The record is appended to a file of JSON Lines."),
    path: described(
      field.text(),
      "File that records are appended to; made, with its folders, where there is none.",
    ),
  }),
  z.strictObject({
    type: described(
      z.literal("database"),
      "The record is a table of a database that is only inserted into.",
    ),
    connection_string: described(
      field.secret({ check: checkConnection }),
      "URL of the database: `postgres://…` or `sqlite:FILE`.",
    ),
  }),
  z.strictObject({
    type: described(z.literal("s3"), "The record is written to a bucket as numbered objects."),
    bucket: described(field.text(), "Name of the bucket."),
    prefix: described(field.text(), "Text before the name of every object."),
  }),
]);

/** As `databaseAuditSink` takes it. */
function checkConnection(material: string): string | undefined {
  const isPostgres = /^postgres(ql)?:\/\//.test(material) && URL.canParse(material);
  if (isPostgres || /^sqlite:./.test(material)) return undefined;
  return "is neither a postgres:// URL nor sqlite: with a file";
}

/** `observability.audit` of the configuration. */
export const auditConfig: z.ZodType<AuditConfig> = z.strictObject({
  enabled: described(z.boolean().default(true), "Whether anything is recorded."),
  required: described(
    z.boolean().default(false),
    "Whether a change waits until its record is durable, and is refused where it cannot be.",
  ),
  events: described(
    setOf(field.choice([...AUDIT_EVENT_TYPES, ...SHORTHANDS])).default([...DEFAULT_EVENTS]),
    "Types of events that are recorded, `config.*` for all that begin with `config_`; `config_*` and `secret_resolution_failed` are recorded in any case.",
  ),
  output: described(drain(auditOutput), "Where the record goes."),
  include_bodies: described(
    z.boolean().default(false),
    "Whether records of requests have their bodies.",
  ),
  redact_sensitive: described(
    z.boolean().default(true),
    "Whether sensitive values are blotted out of records.",
  ),
});
