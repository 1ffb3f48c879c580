import type { BusinessRule } from "@llmcfg/config";
import { type EffectivePolicies, policiesFor } from "../policies-for.ts";
import type { GatewayConfig } from "../schema/root.ts";
import { providerPath } from "./provider-path.ts";

/** A warning for each provider whose retries have no time to happen. */
export function retryExceedsTimeout(): BusinessRule<GatewayConfig> {
  return {
    name: "retry_exceeds_timeout",
    needs: ["providers", "resilience"],
    severity: "warning",
    check(config, context) {
      for (const { id, enabled } of config.providers) {
        const message = enabled ? faultOf(policiesFor(config, id)) : undefined;
        if (message === undefined) continue;
        const path = providerPath(id, "retry_policy");
        context.report({ path, message: `provider ${id}: ${message}`, severity: "warning" });
      }
    },
  };
}

function faultOf({ retry_policy: retries, timeouts }: EffectivePolicies): string | undefined {
  const total = retries.total_timeout;
  const waitsMs = waitsOf(retries);
  if (waitsMs > total.ms)
    return `the waits alone take ${waitsMs}ms, total_timeout is ${total.toString()}`;

  const retriesTimeouts = retries.on_timeout && retries.max_retries > 0;
  const isExplicit = total.ms !== timeouts.request.ms;
  if (!retriesTimeouts || !isExplicit || total.ms >= 2 * timeouts.request.ms) return undefined;
  return `total_timeout ${total.toString()} has no room for a second request of ${timeouts.request.toString()}`;
}

/** Without jitter. */
function waitsOf(retries: EffectivePolicies["retry_policy"]): number {
  let sum = 0;
  for (let i = 0; i < retries.max_retries; i++) {
    sum += Math.min(retries.initial_backoff.ms * retries.factor ** i, retries.max_backoff.ms);
  }
  return sum;
}
