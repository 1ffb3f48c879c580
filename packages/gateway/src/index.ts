export {
  type ApiKeyCarrier,
  type EndpointPlace,
  findEndpoint,
  PROVIDER_TYPES,
  type ProviderType,
  type ProviderTypeName,
} from "./catalogue.ts";
export { type ApiKeyMatch, type MatchApiKeyOptions, matchApiKey } from "./match-api-key.ts";
export { type EffectivePolicies, policiesFor } from "./policies-for.ts";
export { findModel } from "./route/deployment-index.ts";
export { drawOf } from "./route/draw.ts";
export { evaluateRoute } from "./route/evaluate-route.ts";
export { covers, findFallback } from "./route/fallback.ts";
export type {
  Attempt,
  Exclusion,
  Health,
  Load,
  RouteDecision,
  RouteRequest,
  RouteState,
  SideEffect,
} from "./route/route-decision.ts";
export { rules } from "./rules/rules.ts";
export type {
  AuditConfig,
  AuditEventPattern,
  AuditEventType,
  AuditOutput,
} from "./schema/audit.ts";
export type { CacheConfig, MemcachedConfig } from "./schema/cache.ts";
export type { FeaturesConfig } from "./schema/features.ts";
export type { MetadataConfig } from "./schema/metadata.ts";
export type { Capability, ModelConfig, Pricing } from "./schema/model.ts";
export type {
  LoggingConfig,
  LogOutput,
  MetricsConfig,
  ObservabilityConfig,
  TracingConfig,
} from "./schema/observability.ts";
export type { Budget, ConnectionPool, DataPolicy, ProviderConfig } from "./schema/provider.ts";
export type {
  ApiKeyAuth,
  AuthConfig,
  AwsSigV4Auth,
  AzureAdAuth,
  GcpAuth,
  OAuth2Auth,
} from "./schema/provider-auth.ts";
export type { MaxPrice, ProviderFilter } from "./schema/provider-filter.ts";
export type { RateLimitRule, RateLimits } from "./schema/rate-limits.ts";
export type { RedisConfig } from "./schema/redis.ts";
export type {
  CircuitBreaker,
  HealthCheck,
  Overlay,
  ResilienceConfig,
  RetriesPerError,
  RetryBudget,
  RetryPolicy,
  RetryPolicyOverlay,
  Timeouts,
} from "./schema/resilience.ts";
export { defaultGatewayConfig, type GatewayConfig, gatewaySchema } from "./schema/root.ts";
export type { RoutingConfig, RoutingPolicy, RoutingRule } from "./schema/routing.ts";
export type {
  Balance,
  Cause,
  FallbackModel,
  Fallbacks,
  RateLimitAction,
  RouteToProvider,
  RoutingAction,
  Shadow,
  Split,
  SplitTarget,
} from "./schema/routing-action.ts";
export type { ConsistentHash, RoutingStrategy, StrategyName } from "./schema/routing-strategy.ts";
export type {
  Comparison,
  Day,
  EstimateCondition,
  Operator,
  Percentage,
  RuleCondition,
  TimeWindow,
} from "./schema/rule-condition.ts";
export type { SecretsBackend, SecretsConfig, VaultAuth, VaultBackend } from "./schema/secrets.ts";
export type {
  AccessPolicy,
  ApiKey,
  AuthenticationConfig,
  AuthenticationProvider,
  AuthorizationConfig,
  ContentFiltering,
  CustomRateLimit,
  FilterAction,
  JwtAlgorithm,
  RateLimitingConfig,
  RequestMatcher,
  SecurityConfig,
  TlsConfig,
} from "./schema/security.ts";
export type { CorsConfig, ServerConfig } from "./schema/server.ts";
export {
  createGatewayLoader,
  createGatewayValidator,
  type GatewayRules,
  type StartGatewayOptions,
  startGatewayConfig,
} from "./start-gateway-config.ts";
