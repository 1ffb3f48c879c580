import type { DeepReadonly } from "@llmcfg/config";
import type { ProviderConfig } from "../schema/provider.ts";
import type { GatewayConfig } from "../schema/root.ts";
import type { RoutingAction } from "../schema/routing-action.ts";
import { type Condition, compileCondition } from "./condition.ts";
import { toDeployment } from "./deployment.ts";
import { type DeploymentEntry, DeploymentIndex } from "./deployment-index.ts";
import { compileFilters, type Filter } from "./filter.ts";
import type { RouteRequest } from "./route-decision.ts";
import { stickyReader } from "./sticky-value.ts";
import { compileStrategy, type Strategy } from "./strategy.ts";

/** A configuration, made ready to decide routes quickly. */
export interface RouteTable {
  /** The version label. */
  readonly label: string;
  /** Enabled ones alone, in the order in which they are asked. */
  readonly rules: readonly CompiledRule[];
  readonly deployments: DeploymentIndex;
  /** By provider id; a provider that is disabled is not there. */
  readonly byProvider: ReadonlyMap<string, DeploymentIndex>;
  /** For requests that no rule decides about, and for fallback models. */
  readonly standard: Choice;
  readonly hasFailover: boolean;
  readonly hasShadows: boolean;
}

export interface CompiledRule {
  readonly id: string;
  readonly condition: Condition;
  readonly action: RoutingAction;
  /** Of `balance`, and of what stands in for any other action: strategy and filters. */
  readonly choice: Choice;
  /** Of `split`: what keeps a caller at its target. */
  readonly stickyValue: (request: RouteRequest) => string | undefined;
}

/** How deployments are chosen. */
export interface Choice {
  readonly strategy: Strategy;
  readonly filter: Filter;
}

/** One table for each configuration object: a configuration never changes, it is replaced. */
const TABLES = new WeakMap<object, RouteTable>();

/** The table of a configuration; compiled when first asked for. */
export function routeTableOf(config: DeepReadonly<GatewayConfig>): RouteTable {
  const known = TABLES.get(config);
  if (known !== undefined) return known;
  const table = compileTable(config);
  TABLES.set(config, table);
  return table;
}

function compileTable(config: DeepReadonly<GatewayConfig>): RouteTable {
  const { providers, routing, features } = config;
  const enabled = providers.filter((provider) => provider.enabled);
  const isKeptIfLast = config.resilience.circuit_breaker.keep_last_provider;
  const entries = new Map(enabled.map((one) => [one.id, entriesOf(one, isKeptIfLast)]));
  return {
    label: config.version,
    rules: compileRules(config),
    deployments: DeploymentIndex.of([...entries.values()].flat()),
    byProvider: new Map([...entries].map(([id, own]) => [id, DeploymentIndex.of(own)])),
    standard: {
      strategy: compileStrategy(routing.policy.default_strategy),
      filter: compileFilters([routing.policy.default_provider_filter]),
    },
    hasFailover: routing.enable_failover,
    hasShadows: features.ab_testing || features.speculative_execution,
  };
}

function entriesOf(provider: ProviderConfig, isKeptIfLast: boolean): readonly DeploymentEntry[] {
  return provider.models
    .filter((model) => model.enabled)
    .map((model) => ({ model, deployment: toDeployment(provider, model, { isKeptIfLast }) }));
}

/** RTE-2: by priority, then by position, which the stable sort keeps. */
function compileRules({ routing }: DeepReadonly<GatewayConfig>): readonly CompiledRule[] {
  const { rules, default_strategy, default_provider_filter } = routing.policy;
  return rules
    .filter((rule) => rule.enabled)
    .toSorted((a, b) => a.priority - b.priority)
    .map(({ id, condition, action }) => {
      const own = action.type === "balance" ? action : { strategy: default_strategy, filter: null };
      return {
        id,
        condition: compileCondition(condition),
        action,
        choice: {
          strategy: compileStrategy(own.strategy),
          filter: compileFilters([default_provider_filter, own.filter]),
        },
        stickyValue: stickyValueOf(action),
      };
    });
}

function stickyValueOf(action: RoutingAction): CompiledRule["stickyValue"] {
  const key = action.type === "split" ? action.sticky_key : null;
  return key === null ? () => undefined : stickyReader(key);
}
