import type { DeepReadonly } from "@llmcfg/config";
import { findModel } from "./route/deployment-index.ts";
import type { ModelConfig } from "./schema/model.ts";
import type { ProviderConfig } from "./schema/provider.ts";
import type { RateLimits } from "./schema/rate-limits.ts";
import type {
  CircuitBreaker,
  HealthCheck,
  Overlay,
  RetryPolicy,
  Timeouts,
} from "./schema/resilience.ts";
import type { GatewayConfig } from "./schema/root.ts";

/** What holds for calls to one provider, or to one model of it. */
export interface EffectivePolicies {
  readonly timeouts: Timeouts;
  readonly retry_policy: RetryPolicy;
  readonly circuit_breaker: CircuitBreaker;
  readonly health_check: HealthCheck;
  /** The provider's quota, narrowed by the model's. */
  readonly rate_limits: RateLimits;
}

/**
 * `resilience` with what the provider says laid over it, and what the model says over that.
 *
 * A `total_timeout` that nobody set follows the `request` timeout that holds here.
 *
 * @param modelId the public name, an alias, or a name that a wildcard of the provider serves
 * @throws {RangeError} where the configuration has no such provider, or the provider no such model
 */
export function policiesFor(
  config: DeepReadonly<GatewayConfig>,
  providerId: string,
  modelId?: string,
): EffectivePolicies {
  const { resilience } = config;
  const provider = getProvider(config, providerId);
  const model = modelId === undefined ? undefined : getModel(provider, modelId);
  const timeouts = overlay(resilience.timeouts, provider.timeouts, model?.timeouts);
  return {
    timeouts,
    retry_policy: retryPolicyOf(config, provider, timeouts),
    circuit_breaker: overlay(resilience.circuit_breaker, provider.circuit_breaker),
    health_check: overlay(resilience.health_check, provider.health_check),
    rate_limits: narrow(provider.rate_limits, model?.rate_limits),
  };
}

function getProvider({ providers }: DeepReadonly<GatewayConfig>, id: string): ProviderConfig {
  const found = providers.find((provider) => provider.id === id);
  if (found === undefined) throw new RangeError(`there is no provider ${id}`);
  return found;
}

function getModel(provider: ProviderConfig, name: string): ModelConfig {
  const found = findModel(provider.models, name);
  if (found === undefined) throw new RangeError(`provider ${provider.id} has no model ${name}`);
  return found;
}

function overlay<T extends object>(base: T, ...layers: readonly (Overlay<T> | undefined)[]): T {
  const result = { ...base };
  for (const layer of layers) {
    for (const name of Object.keys(layer ?? {}) as (keyof T)[]) {
      // a layer has members of T alone
      const value = layer?.[name];
      if (value !== undefined) result[name] = value;
    }
  }
  return result;
}

function retryPolicyOf(
  config: DeepReadonly<GatewayConfig>,
  provider: ProviderConfig,
  timeouts: Timeouts,
): RetryPolicy {
  const base = config.resilience.retry_policy;
  const { retry_budget, per_error, ...own } = provider.retry_policy;
  return {
    ...overlay<RetryPolicy>(base, own),
    retry_budget: overlay(base.retry_budget, retry_budget),
    per_error: overlay(base.per_error, per_error),
    total_timeout: totalTimeout(config, provider, timeouts),
  };
}

/** Derived, it equals `request` in the document, so an equal one counts as derived. */
function totalTimeout(
  { resilience }: DeepReadonly<GatewayConfig>,
  provider: ProviderConfig,
  timeouts: Timeouts,
): RetryPolicy["total_timeout"] {
  const own = provider.retry_policy.total_timeout;
  if (own !== undefined) return own;
  const general = resilience.retry_policy.total_timeout;
  return general.ms === resilience.timeouts.request.ms ? timeouts.request : general;
}

function narrow(provider: RateLimits, model: RateLimits | undefined): RateLimits {
  return {
    requests_per_minute: model?.requests_per_minute ?? provider.requests_per_minute,
    requests_per_day: model?.requests_per_day ?? provider.requests_per_day,
    tokens_per_minute: model?.tokens_per_minute ?? provider.tokens_per_minute,
    tokens_per_day: model?.tokens_per_day ?? provider.tokens_per_day,
    max_concurrent_requests: model?.max_concurrent_requests ?? provider.max_concurrent_requests,
  };
}
