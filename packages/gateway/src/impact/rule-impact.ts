import {
  type DeepReadonly,
  formatConfigPath,
  type Impact,
  type PlanAnalyser,
  toDocument,
} from "@llmcfg/config";
import { RULE_ORDER_CHECKS } from "../checks/rule-order-checks.ts";
import { missingPatterns } from "../rules/model-coverage.ts";
import type { GatewayConfig } from "../schema/root.ts";

/** Rules that come and go, that can no longer be reached, and patterns without a model. */
export const ruleImpact: PlanAnalyser<GatewayConfig> = {
  name: "rules",
  *analyse(from, to, _diff, { now }) {
    const [before, after] = [enabledIds(from), enabledIds(to)];
    for (const id of after.filter((one) => !before.includes(one))) {
      yield impact("rule_added", id, "info", "is asked from now on");
    }
    for (const id of before.filter((one) => !after.includes(one))) {
      yield impact("rule_removed", id, "notice", "is asked no longer");
    }
    const hidden = new Set(unreachableIn(from));
    for (const id of unreachableIn(to)) {
      if (!hidden.has(id)) yield impact("rule_unreachable", id, "danger", "never decides any more");
    }
    const missedBefore = missingPatterns(from, now);
    const missed = new Set(missedBefore.map(({ rule, pattern }) => `${rule} ${pattern}`));
    for (const { rule, pattern } of missingPatterns(to, now)) {
      if (missed.has(`${rule} ${pattern}`)) continue;
      const what = `loses its models: nothing matches ${pattern}`;
      yield impact("rule_loses_coverage", rule, "danger", what);
    }
  },
};

function enabledIds({ routing }: DeepReadonly<GatewayConfig>): readonly string[] {
  return routing.policy.rules.filter(({ enabled }) => enabled).map(({ id }) => id);
}

/** Ids of the rules that another one always decides before. */
function unreachableIn(config: DeepReadonly<GatewayConfig>): readonly string[] {
  const check = RULE_ORDER_CHECKS.find(({ code }) => code === "rule_unreachable");
  const ids: string[] = [];
  const context = { isGiven: () => true, now: new Date(0), layers: [] };
  check?.check(
    toDocument(config),
    ({ paths: [path = ""] }) => ids.push(/\[("?)(.*?)\1\]$/.exec(path)?.[2] ?? path),
    context,
  );
  return ids;
}

function impact(kind: string, id: string, severity: Impact["severity"], what: string): Impact {
  const path = formatConfigPath([
    ...["routing", "policy", "rules"].map((name) => ({ type: "member", name }) as const),
    { type: "item", key: id },
  ]);
  return { kind, subject: id, severity, message: `rule ${id} ${what}`, paths: [path] };
}
