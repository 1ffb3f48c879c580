import { annotate, type Duration, field } from "@llmcfg/config";
import * as z from "zod";
import { type CacheConfig, cacheConfig } from "./cache.ts";
import { derived, described, int, orNull } from "./fields.ts";
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

/** The rules by which requests find their provider. */
export interface RoutingPolicy {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly rules: readonly RoutingRule[];
  readonly default_strategy: RoutingStrategy;
  readonly default_provider_filter: ProviderFilter | null;
  readonly updated_at: string | null;
}

/** One rule: what it is about, and what it does. */
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
  id: described(z.string().min(1), "Name of the rule in traces and records; unique."),
  name: described(derived(z.string(), "id"), "Name of the rule for people."),
  description: described(orNull(z.string()), "What the rule is for, as free text; null is unsaid."),
  enabled: described(z.boolean().default(true), "Whether the rule is considered."),
  priority: described(
    int(0, 1_000_000).default(100),
    "Order of the rules, lowest first, those of equal priority by position.",
  ),
  condition: described(
    ruleCondition.superRefine(refineExtent),
    "What has to hold of a request; nested at most 8 deep, of at most 128 parts.",
  ),
  action: described(routingAction, "What becomes of the request."),
});

const routingPolicy: z.ZodType<RoutingPolicy> = field.section(
  z.strictObject({
    id: described(z.string().default("default"), "Name of the policy in records."),
    name: described(z.string().default("Default Policy"), "Name of the policy for people."),
    version: described(
      field.lexical().prefault("1.0"),
      "Version label of the policy, free text; an unquoted number keeps its spelling.",
    ),
    rules: described(
      field.keyedList(routingRule, { key: "id", max: 1_000 }).default([]),
      "Rules, of which the first that holds decides; at most 1000.",
    ),
    default_strategy: described(
      derived(routingStrategy, "routing.default_strategy"),
      "How a deployment is chosen where no rule decides; `routing.default_strategy` where it is left out.",
    ),
    default_provider_filter: described(
      orNull(providerFilter),
      "Deployments that come into question where no rule decides; null is all.",
    ),
    updated_at: described(
      annotate(orNull(field.time()), { informational: true }),
      "When the policy was last edited (RFC 3339); left out of diffs and checksums; null is unknown.",
    ),
  }),
);

/** `routing` of the configuration. */
export const routingConfig: z.ZodType<RoutingConfig> = field.section(
  z.strictObject({
    policy: described(routingPolicy, "The rules, and what is done without one."),
    default_strategy: described(
      routingStrategy.prefault(DEFAULT_STRATEGY),
      "How a deployment is chosen where neither a rule nor the policy says so.",
    ),
    enable_failover: described(
      z.boolean().default(true),
      "Whether another deployment is tried after a failure; false is one tier and no fallback.",
    ),
    failover_timeout: described(
      field.duration({ min: "1ms" }).prefault("100ms"),
      "Longest time that choosing the next deployment may take, the call itself aside.",
    ),
    enable_caching: described(
      z.boolean().default(false),
      "Whether answers are kept and reused; needs `cache`.",
    ),
    cache: described(
      orNull(cacheConfig),
      "Where answers are kept and for how long; null keeps none.",
    ),
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
