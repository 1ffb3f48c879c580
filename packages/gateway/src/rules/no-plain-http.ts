import type { BusinessRule } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";

/** No enabled provider is asked over http, in private networks neither. */
export function noPlainHttp(): BusinessRule<GatewayConfig> {
  return {
    name: "no_plain_http",
    needs: ["providers"],
    check({ providers }, context) {
      for (const [i, { id, enabled, endpoint }] of providers.entries()) {
        if (!enabled || typeof endpoint !== "string" || !/^http:/i.test(endpoint)) continue;
        const message = `provider ${id} is asked over http`;
        context.report({ path: `providers[${i}].endpoint`, message, hint: "use https" });
      }
    },
  };
}
