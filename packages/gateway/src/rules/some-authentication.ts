import type { BusinessRule } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";

/** VAL-13: in strict mode, authentication that knows nobody is an error and not just a warning. */
export function someAuthentication(): BusinessRule<GatewayConfig> {
  return {
    name: "auth_enabled_without_providers",
    needs: ["security.authentication"],
    check({ security: { authentication } }, context) {
      if (!authentication.enabled || authentication.providers.length > 0) return;
      context.report({
        path: "security.authentication.providers",
        code: "auth_enabled_without_providers",
        message: "authentication is on and nobody can be authenticated",
        hint: "add a provider, or set enabled: false",
      });
    },
  };
}
