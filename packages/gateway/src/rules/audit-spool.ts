import type { BusinessRule } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";

/** Refuses audit records in S3 where there is no folder in which they could wait to be sent. */
export function auditSpool(stateDir: string | undefined): BusinessRule<GatewayConfig> {
  return {
    name: "audit_spool",
    needs: ["observability.audit"],
    check({ observability: { audit } }, context) {
      if (audit?.enabled !== true || audit.output.type !== "s3" || stateDir !== undefined) return;
      context.report({
        path: "observability.audit.output",
        message: "audit records cannot go to s3: there is no folder in which they wait to be sent",
        hint: "start the gateway with a stateDir",
      });
    },
  };
}
