import type { BusinessRule } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";

/** BIZ-1: at least `min` providers are enabled, so that one can fail. */
export function providerRedundancy(min = 2): BusinessRule<GatewayConfig> {
  return {
    name: "provider_redundancy",
    needs: ["providers"],
    check({ providers }, context) {
      const enabled = providers.filter((provider) => provider.enabled).length;
      if (enabled >= min) return;
      context.report({
        path: "providers",
        message: `${enabled} of at least ${min} providers are enabled`,
        hint: "enable another one, or relax the rule: --min-providers 1, in code rules: { providerRedundancy: { min: 1 } }",
      });
    },
  };
}
