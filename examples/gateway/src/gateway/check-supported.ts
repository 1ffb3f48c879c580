import type { ConfigPath, DeepReadonly } from "@llmcfg/config";
import type { GatewayConfig, ProviderConfig, RoutingRule } from "@llmcfg/gateway";
import { KNOWN_AUTH } from "./credentials.ts";
import { findDialect } from "./dialect-of.ts";

/** Something that the configuration asks for and this gateway does not do. */
export interface Unsupported {
  readonly path: ConfigPath;
  readonly reason: string;
}

/**
 * What a configuration asks for that this example does not do: such a one is refused, so that
 * nobody believes a limit or a filter to be at work that is not.
 */
export function checkSupported(config: DeepReadonly<GatewayConfig>): readonly Unsupported[] {
  const { server, security, routing, providers, observability, resilience } = config;
  const switches: readonly (readonly [isOn: boolean, path: ConfigPath, what: string])[] = [
    [server.tls_enabled, "server.tls_enabled", "TLS"],
    [server.http2_enabled, "server.http2_enabled", "HTTP/2"],
    [server.grpc_enabled, "server.grpc_enabled", "gRPC"],
    [server.cors !== null, "server.cors", "CORS"],
    [security.rate_limiting.enabled, "security.rate_limiting.enabled", "rate limiting"],
    [security.authorization?.enabled === true, "security.authorization", "authorization"],
    [security.content_filtering !== null, "security.content_filtering", "content filtering"],
    [routing.enable_caching, "routing.enable_caching", "caching"],
    [
      isPushed(observability.metrics),
      "observability.metrics.backend",
      "metrics but for Prometheus",
    ],
    [isHidden(observability.metrics), "observability.metrics.endpoint", "metrics at a secret path"],
    [observability.tracing.enabled, "observability.tracing.enabled", "tracing"],
    [resilience.enable_queuing, "resilience.enable_queuing", "queuing"],
    [hasActiveProbes(config), "resilience.health_check.mode", "active probes"],
  ];
  return [
    ...switches
      .filter(([isOn]) => isOn)
      .map(([, path, what]) => ({ path, reason: `this gateway does no ${what}` })),
    ...security.authentication.providers.flatMap(({ type, name }) => {
      const path = `security.authentication.providers[${name}].type`;
      return type === "api_key" ? [] : [{ path, reason: `this gateway knows no ${type} callers` }];
    }),
    ...providers.flatMap(unsupportedOf),
    ...routing.policy.rules.flatMap(unsupportedAction),
  ];
}

type Metrics = DeepReadonly<GatewayConfig>["observability"]["metrics"];

function isPushed({ enabled, backend }: Metrics): boolean {
  return enabled && backend !== "prometheus";
}

function isHidden({ enabled, endpoint }: Metrics): boolean {
  return enabled && typeof endpoint !== "string";
}

function hasActiveProbes({ resilience: { health_check: health } }: DeepReadonly<GatewayConfig>) {
  return health.enabled && health.mode !== "passive";
}

function unsupportedOf(provider: ProviderConfig): readonly Unsupported[] {
  if (!provider.enabled) return [];
  const at = `providers[${provider.id}]`;
  const { auth, proxy, budget, discover_models, rate_limits, type } = provider;
  const hasQuota = Object.values(rate_limits).some((limit) => limit !== null);
  const asked: readonly (readonly [isAsked: boolean, member: string, what: string])[] = [
    [findDialect(provider) === undefined, "type", `speak to a provider of type ${type}`],
    [!KNOWN_AUTH.includes(auth.type), "auth.type", `authenticate with ${auth.type}`],
    [proxy !== null, "proxy", "use a proxy"],
    [budget !== null, "budget", "keep budgets"],
    [discover_models, "discover_models", "discover models"],
    [hasQuota, "rate_limits", "keep to quotas"],
  ];
  return asked
    .filter(([isAsked]) => isAsked)
    .map(([, member, what]) => ({
      path: `${at}.${member}`,
      reason: `this gateway cannot ${what}`,
    }));
}

function unsupportedAction({ id, enabled, action }: RoutingRule): readonly Unsupported[] {
  if (!enabled || (action.type !== "shadow" && action.type !== "rate_limit")) return [];
  const path = `routing.policy.rules[${id}].action.type`;
  return [{ path, reason: `this gateway has no action ${action.type}` }];
}
