/**
 * Typed configurations, written down member by member: what the evaluator is tested with.
 *
 * @module
 */

import {
  type Balance,
  defaultGatewayConfig,
  type GatewayConfig,
  type Load,
  type ModelConfig,
  type ProviderConfig,
  type ProviderFilter,
  type RouteRequest,
  type RouteState,
  type RouteToProvider,
  type RoutingConfig,
  type RoutingPolicy,
  type RoutingRule,
} from "@llmcfg/gateway";

const DEFAULTS = defaultGatewayConfig();

const NO_LIMITS = {
  requests_per_minute: null,
  requests_per_day: null,
  tokens_per_minute: null,
  tokens_per_day: null,
  max_concurrent_requests: null,
};

export function model(id: string, members: Partial<ModelConfig> = {}): ModelConfig {
  return {
    id,
    upstream_id: id,
    aliases: [],
    mode: "chat",
    enabled: true,
    context_window: null,
    max_output_tokens: null,
    capabilities: ["streaming"],
    pricing: null,
    weight: null,
    priority: null,
    rate_limits: NO_LIMITS,
    timeouts: {},
    default_params: {},
    drop_params: [],
    deprecated_at: null,
    sunset_at: null,
    ...members,
  };
}

export function provider(
  id: string,
  models: readonly (string | ModelConfig)[],
  members: Partial<ProviderConfig> = {},
): ProviderConfig {
  return {
    id,
    name: id,
    type: "openai",
    enabled: true,
    endpoint: "https://api.openai.com/v1",
    allow_insecure: false,
    api_version: null,
    auth: { type: "none" },
    models: models.map((one) => (typeof one === "string" ? model(one) : one)),
    discover_models: false,
    weight: 1,
    priority: 0,
    region: null,
    tags: {},
    headers: {},
    rate_limits: NO_LIMITS,
    budget: null,
    connection_pool: {
      max_connections: 128,
      max_idle: 64,
      keep_alive: DEFAULTS.server.keep_alive_timeout,
      http2: true,
    },
    proxy: null,
    timeouts: {},
    retry_policy: {},
    circuit_breaker: {},
    health_check: {},
    data_policy: { allow_training: false, zero_retention: null, regions: [] },
    metadata: {},
    ...members,
  };
}

export function filter(members: Partial<ProviderFilter>): ProviderFilter {
  return {
    only: [],
    ignore: [],
    regions: [],
    tags: {},
    capabilities: [],
    max_price: null,
    zdr: null,
    ...members,
  };
}

type RuleMembers = Pick<RoutingRule, "condition" | "action"> & Partial<RoutingRule>;

export function rule(id: string, members: RuleMembers): RoutingRule {
  return { id, name: id, description: null, enabled: true, priority: 100, ...members };
}

export function routeTo(
  provider_id: string,
  members: Partial<RouteToProvider> = {},
): RouteToProvider {
  return {
    type: "route_to_provider",
    provider_id,
    model: null,
    fallbacks: [],
    fallback_models: [],
    fallback_on: ["error", "timeout", "rate_limited"],
    max_fallbacks: 5,
    ...members,
  };
}

export function balance(members: Partial<Balance> = {}): Balance {
  return {
    type: "balance",
    strategy: "priority",
    filter: null,
    fallback_models: [],
    fallback_on: ["error", "timeout", "rate_limited"],
    max_fallbacks: 5,
    ...members,
  };
}

export interface ConfigurationParts {
  readonly providers: readonly ProviderConfig[];
  readonly rules?: readonly RoutingRule[];
  readonly policy?: Partial<RoutingPolicy>;
  readonly routing?: Partial<RoutingConfig>;
  readonly features?: Partial<GatewayConfig["features"]>;
  readonly keepLast?: boolean;
}

/** Balances by `priority` where no rule decides: in the order of the providers. */
export function configuration(parts: ConfigurationParts): GatewayConfig {
  const { circuit_breaker } = DEFAULTS.resilience;
  const keep_last_provider = parts.keepLast ?? true;
  return {
    ...DEFAULTS,
    providers: parts.providers,
    features: { ...DEFAULTS.features, ...parts.features },
    resilience: {
      ...DEFAULTS.resilience,
      circuit_breaker: { ...circuit_breaker, keep_last_provider },
    },
    routing: {
      ...DEFAULTS.routing,
      ...parts.routing,
      policy: {
        ...DEFAULTS.routing.policy,
        default_strategy: "priority",
        rules: parts.rules ?? [],
        ...parts.policy,
      },
    },
  };
}

export function request(name: string, members: Partial<RouteRequest> = {}): RouteRequest {
  return { model: name, requestId: "req-1", ...members };
}

export interface StateParts extends Partial<Pick<RouteState, "now" | "draw" | "configVersion">> {
  /** `provider/model` of those that are down. */
  readonly down?: readonly string[];
  /** By `provider/model`. */
  readonly load?: Readonly<Record<string, Partial<Load>>>;
}

export function state({ down = [], load = {}, ...members }: StateParts = {}): RouteState {
  return {
    now: new Date("2026-11-22T10:00:00Z"),
    draw: 0,
    health: (...names) => (down.includes(names.join("/")) ? "down" : "up"),
    load: (...names) => ({
      inFlight: 0,
      latencyMs: 0,
      usage: 0,
      throughput: 0,
      ...load[names.join("/")],
    }),
    ...members,
  };
}
