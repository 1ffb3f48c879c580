import type { BusinessRule } from "@llmcfg/config";
import type { GatewayConfig } from "@llmcfg/gateway";
import { checkSupported } from "./check-supported.ts";

/**
 * Refuses a configuration that asks for what this example does not do, with all that it asks for.
 *
 * It is a rule of the configuration, not a check after it was loaded: so such a configuration is
 * refused at the start and on every reload alike, and never becomes the one that was accepted last.
 */
export function supportedOnly(): BusinessRule<GatewayConfig> {
  return {
    name: "supported_only",
    check(config, context) {
      for (const { path, reason } of checkSupported(config)) {
        context.report({ path, message: reason, code: "unsupported", hint: HINT });
      }
    },
  };
}

const HINT = "leave it out, or switch it off";
