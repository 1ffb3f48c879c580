import {
  type BusinessRule,
  compileGlob,
  type DeepReadonly,
  formatConfigPath,
  type GlobMatcher,
} from "@llmcfg/config";
import { isWildcard } from "../route/deployment-index.ts";
import type { GatewayConfig } from "../schema/root.ts";
import { nestedConditions, type RoutingRule } from "../schema/routing.ts";
import type { RuleCondition } from "../schema/rule-condition.ts";
import { servesAt } from "./serves-at.ts";

/**
 * BIZ-2: every model pattern of an enabled rule matches a model that an enabled provider has.
 *
 * A name without `*` is also covered by a wildcard that serves it. Under `not` a miss is a warning:
 * such a rule holds all the more. A model that is past its sunset counts as disabled.
 */
export function modelCoverage(): BusinessRule<GatewayConfig> {
  return {
    name: "model_coverage",
    needs: ["providers", "routing"],
    check(config, context) {
      const names = namesOf(config, context.now);
      for (const rule of config.routing.policy.rules.filter(({ enabled }) => enabled)) {
        for (const { pattern, isNegated, path } of patternsOf(rule)) {
          const fault = faultOf(pattern, names);
          if (fault === undefined) continue;
          context.report({
            path,
            message: `rule ${rule.id}: pattern ${pattern} ${fault.message}`,
            severity: fault.isMiss && isNegated ? "warning" : "error",
          });
        }
      }
    },
  };
}

/** The patterns of enabled rules that no enabled model matches then. */
export function missingPatterns(
  config: DeepReadonly<GatewayConfig>,
  now: Date,
): readonly { readonly rule: string; readonly pattern: string }[] {
  const names = namesOf(config, now);
  const rules = config.routing.policy.rules.filter(({ enabled }) => enabled);
  return rules.flatMap((rule) =>
    patternsOf(rule)
      .filter(({ pattern }) => faultOf(pattern, names) !== undefined)
      .map(({ pattern }) => ({ rule: rule.id, pattern })),
  );
}

/** The public names of all enabled models, wildcards among them. */
function namesOf({ providers }: DeepReadonly<GatewayConfig>, now: Date): readonly string[] {
  const models = providers
    .filter((provider) => provider.enabled)
    .flatMap((provider) => provider.models)
    .filter((model) => servesAt(model, now));
  return models.flatMap((model) => [model.id, ...model.aliases]);
}

interface NamePattern {
  readonly pattern: string;
  readonly isNegated: boolean;
  readonly path: string;
}

function patternsOf({ id, condition }: RoutingRule): readonly NamePattern[] {
  const rules = ["routing", "policy", "rules"].map((name) => ({ type: "member", name }) as const);
  const path = formatConfigPath([...rules, { type: "item", key: id }]);
  return patternsIn(condition, { isNegated: false, path: `${path}.condition` });
}

function patternsIn(
  condition: RuleCondition,
  { isNegated, path }: Omit<NamePattern, "pattern">,
): readonly NamePattern[] {
  if (condition.type === "model_name") {
    return [{ pattern: condition.pattern, isNegated, path: `${path}.pattern` }];
  }
  return nestedConditions(condition).flatMap((inner, i) => {
    const isNot = condition.type === "not";
    const place = isNot ? `${path}.condition` : `${path}.conditions[${i}]`;
    return patternsIn(inner, { isNegated: isNegated !== isNot, path: place });
  });
}

function faultOf(
  pattern: string,
  names: readonly string[],
): { readonly message: string; readonly isMiss: boolean } | undefined {
  const matches = compile(pattern);
  if (matches === undefined) return { message: "does not compile", isMiss: false };
  const isCovered = names.some((name) => matches(name) || isServedBy(pattern, name));
  return isCovered ? undefined : { message: "matches no enabled model", isMiss: true };
}

function compile(pattern: string): GlobMatcher | undefined {
  try {
    return compileGlob(pattern);
  } catch {
    return undefined;
  }
}

/** Whether a wildcard serves names that the pattern matches: their beginnings agree. */
function isServedBy(pattern: string, modelId: string): boolean {
  if (!isWildcard(modelId)) return false;
  const prefix = modelId.slice(0, -1);
  const fixed = pattern.split(/[*?[\]{}\\]/, 1)[0] ?? "";
  const isName = fixed === pattern;
  return fixed.startsWith(prefix) || (!isName && prefix.startsWith(fixed));
}
