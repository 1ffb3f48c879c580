import type { BusinessRule } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";

/**
 * Nothing is promised to be recorded where nothing records: `observability.audit` needs a sink
 * that the application hands over.
 */
export function auditSink(): BusinessRule<GatewayConfig> {
  return {
    name: "audit_sink",
    needs: ["observability.audit"],
    check({ observability }, context) {
      if (observability.audit?.enabled !== true) return;
      context.report({
        path: "observability.audit",
        message: "an audit record is asked for, and nothing writes it",
        hint: "give manager: { audit } to startGatewayConfig, or set enabled: false",
      });
    },
  };
}
