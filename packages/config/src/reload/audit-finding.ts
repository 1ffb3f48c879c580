import type { Finding } from "../validate/finding.ts";

/** Why a change does not happen whose record must be durable before. */
export function auditFinding({ message }: Error): Finding {
  return {
    kind: "cross_field_validation",
    severity: "error",
    code: "audit_unavailable",
    path: "",
    pointer: "",
    message: `the change cannot be recorded, and it must be: ${message}`,
  };
}
