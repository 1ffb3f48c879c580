import { annotate, type Duration, field } from "@llmcfg/config";
import * as z from "zod";
import { type CacheConfig, cacheConfig } from "./cache.ts";
import { derived, int, orNull, section } from "./fields.ts";
import { type ProviderFilter, providerFilter } from "./provider-filter.ts";
import { type RoutingAction, routingAction } from "./routing-action.ts";
import { type RoutingStrategy, routingStrategy, type StrategyName } from "./routing-strategy.ts";
import { type RuleCondition, ruleCondition } from "./rule-condition.ts";

/** Which deployment serves a request. */
export interface RoutingConfig {
  readonly policy: RoutingPolicy;
  /** Where the policy names none. */
  readonly default_strategy: RoutingStrategy;
  /** False: one attempt, on the first tier. */
  readonly enable_failover: boolean;
  /** Limit on choosing the next deployment, not on the call upstream. */
  readonly failover_timeout: Duration;
  readonly enable_caching: boolean;
  readonly cache: CacheConfig | null;
}

export interface RoutingPolicy {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly rules: readonly RoutingRule[];
  readonly default_strategy: RoutingStrategy;
  readonly default_provider_filter: ProviderFilter | null;
  readonly updated_at: string | null;
}

export interface RoutingRule {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly enabled: boolean;
  /** Lowest first, ties by position. */
  readonly priority: number;
  readonly condition: RuleCondition;
  readonly action: RoutingAction;
}

/** The strategy where neither the policy nor `routing` names one. */
export const DEFAULT_STRATEGY: StrategyName = "round_robin";

/** How deep a condition may nest, and how many nodes it may have. */
export const CONDITION_LIMITS: { readonly depth: number; readonly nodes: number } = {
  depth: 8,
  nodes: 128,
};

const routingRule: z.ZodType<RoutingRule> = z.strictObject({
  id: z.string().min(1),
  name: derived(z.string(), "id"),
  description: orNull(z.string()),
  enabled: z.boolean().default(true),
  priority: int(0, 1_000_000).default(100),
  condition: ruleCondition.superRefine(refineExtent),
  action: routingAction,
});

const routingPolicy: z.ZodType<RoutingPolicy> = section(
  z.strictObject({
    id: z.string().default("default"),
    name: z.string().default("Default Policy"),
    version: field.lexical().prefault("1.0"),
    rules: field.keyedList(routingRule, { key: "id", max: 1_000 }).default([]),
    default_strategy: derived(routingStrategy, "routing.default_strategy"),
    default_provider_filter: orNull(providerFilter),
    updated_at: annotate(orNull(field.time()), { informational: true }),
  }),
);

/** `routing` of the configuration. */
export const routingConfig: z.ZodType<RoutingConfig> = section(
  z.strictObject({
    policy: routingPolicy,
    default_strategy: routingStrategy.prefault(DEFAULT_STRATEGY),
    enable_failover: z.boolean().default(true),
    failover_timeout: field.duration({ min: "1ms" }).prefault("100ms"),
    enable_caching: z.boolean().default(false),
    cache: orNull(cacheConfig),
  }),
);

function refineExtent(condition: RuleCondition, context: z.RefinementCtx): void {
  const { depth, nodes } = extentOf(condition);
  if (depth > CONDITION_LIMITS.depth) {
    const message = `nests ${depth} deep, at most ${CONDITION_LIMITS.depth} is allowed`;
    context.addIssue({ code: "custom", message });
  }
  if (nodes > CONDITION_LIMITS.nodes) {
    const message = `has ${nodes} conditions, at most ${CONDITION_LIMITS.nodes} are allowed`;
    context.addIssue({ code: "custom", message });
  }
}

function extentOf(condition: RuleCondition): { readonly depth: number; readonly nodes: number } {
  const inner = nestedConditions(condition).map(extentOf);
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    nodes: 1 + inner.reduce((sum, { nodes }) => sum + nodes, 0),
  };
}

/** The conditions directly inside `and`, `or` and `not`. */
export function nestedConditions(condition: RuleCondition): readonly RuleCondition[] {
  if (condition.type === "and" || condition.type === "or") return condition.conditions;
  return condition.type === "not" ? [condition.condition] : [];
}
