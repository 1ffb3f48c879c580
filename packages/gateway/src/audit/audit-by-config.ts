import { type AuditByConfig, ConfigError, revealText } from "@llmcfg/config";
import {
  type AuditSink,
  databaseAuditSink,
  fileAuditSink,
  s3AuditSink,
} from "@llmcfg/config/audit";
import type { AuditOutput } from "../schema/audit.ts";
import type { GatewayConfig } from "../schema/root.ts";
import { eventFilter } from "./event-filter.ts";

/**
 * The audit trail that `observability.audit` asks for.
 *
 * @param stateDir where records for S3 wait to be sent, in a folder of their own
 */
export function auditByConfig(stateDir: string | undefined): AuditByConfig<GatewayConfig> {
  return {
    path: "observability.audit",
    output: "observability.audit.output",
    wanted({ observability: { audit } }) {
      if (audit === null || !audit.enabled) return undefined;
      const { required, events, output } = audit;
      return { required, records: eventFilter(events), open: () => openSink(output, stateDir) };
    },
  };
}

async function openSink(output: AuditOutput, stateDir: string | undefined): Promise<AuditSink> {
  switch (output.type) {
    case "file":
      return await fileAuditSink(await revealText(output.path, { caller: "audit" }));
    case "database":
      return await databaseAuditSink(output.connection_string);
    case "s3": {
      const { bucket, prefix } = output;
      return await s3AuditSink({
        bucket: await revealText(bucket, { caller: "audit" }),
        prefix: await revealText(prefix, { caller: "audit" }),
        spoolDir: spoolIn(stateDir),
      });
    }
  }
}

/** That there is one was checked with the configuration: see the rule `audit_spool`. */
function spoolIn(stateDir: string | undefined): string {
  if (stateDir !== undefined) return `${stateDir}/audit-spool`;
  throw new ConfigError("invalid_option", "there is no stateDir for the audit spool");
}
