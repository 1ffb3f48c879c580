import type { BusinessRule } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";

/** Refuses `observability.audit`: nothing writes that record yet, and it must not seem so. */
export function noAuditSink(): BusinessRule<GatewayConfig> {
  return {
    name: "no_audit_sink",
    needs: ["observability.audit"],
    check({ observability }, context) {
      if (observability.audit?.enabled !== true) return;
      context.report({
        path: "observability.audit",
        message: "an audit record is asked for, and this version has nothing that writes it",
        hint: "leave it out, or set enabled: false",
      });
    },
  };
}
