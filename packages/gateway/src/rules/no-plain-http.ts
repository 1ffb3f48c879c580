import type { BusinessRule } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";
import { providerPath } from "./provider-path.ts";

/** No enabled provider is asked over http, in private networks neither. */
export function noPlainHttp(): BusinessRule<GatewayConfig> {
  return {
    name: "no_plain_http",
    needs: ["providers"],
    check({ providers }, context) {
      for (const { id, enabled, endpoint } of providers) {
        if (!enabled || typeof endpoint !== "string" || !/^http:/i.test(endpoint)) continue;
        const message = `provider ${id} is asked over http`;
        const path = providerPath(id, "endpoint");
        context.report({ path, message, hint: "use https" });
      }
    },
  };
}
