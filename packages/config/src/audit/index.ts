/**
 * Where audit records go, and what proves that none was changed: `@llmcfg/config/audit`.
 *
 * @module
 */

export type { AuditByConfig, AuditSetting, WantedAudit } from "./audit-setting.ts";
export type { AuditHead, AuditRecord, AuditSink } from "./audit-sink.ts";
export { FIRST_PREV_HASH, hashOf as hashOfRecord } from "./chain.ts";
export { type DatabaseAuditOptions, databaseAuditSink } from "./database-sink.ts";
export { type FileAuditOptions, fileAuditSink } from "./file-sink.ts";
export { type S3AuditOptions, s3AuditSink } from "./s3-sink.ts";
export {
  type AuditFinding,
  type AuditFindingCode,
  type AuditVerification,
  auditVerify,
} from "./verify.ts";
