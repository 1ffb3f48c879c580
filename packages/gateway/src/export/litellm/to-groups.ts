import type { Located } from "@llmcfg/config";
import { shiftDecimal } from "../../import/decimal-shift.ts";
import { canonicalPrefix } from "../../import/litellm/group-deployments.ts";
import { PERIODS } from "../../import/litellm/map-budgets.ts";
import { digitsOf, itemsOf, member, textOf } from "../../import/read-node.ts";
import type { LitellmExport } from "./litellm-export.ts";
import { Digits, type PyYaml } from "./write-py-yaml.ts";

/** What LiteLLM keeps for all deployments of a model, or all models of a provider. */
export function putGroups(exported: LitellmExport): ReadonlyMap<string, PyYaml> {
  putAliases(exported);
  return budgetsOf(exported);
}

function putAliases(exported: LitellmExport): void {
  for (const provider of itemsOf(exported.at("providers"))) {
    for (const model of itemsOf(member(provider, "models"))) {
      const id = exported.text(member(model, "id"), "text");
      for (const node of itemsOf(member(model, "aliases"))) {
        const alias = exported.text(node, "text");
        if (alias === undefined || id === undefined) continue;
        exported.put(node, ["router_settings", "model_group_alias", alias], id);
      }
    }
  }
}

/** By prefix: the first provider of each decides. */
function budgetsOf(exported: LitellmExport): ReadonlyMap<string, PyYaml> {
  const budgets = new Map<string, { readonly text: string; readonly value: PyYaml }>();
  for (const provider of itemsOf(exported.at("providers"))) {
    const budget = member(provider, "budget");
    const read = readBudget(budget);
    if (budget === undefined || read === undefined) continue;
    const prefix = prefixOf(provider);
    const known = budgets.get(prefix) ?? read;
    budgets.set(prefix, known);
    if (known.text === read.text)
      exported.settle(budget, ["router_settings", "provider_budget_config", prefix]);
    else exported.keep(budget, `LiteLLM has one budget for all of ${prefix}`);
  }
  return new Map([...budgets].map(([prefix, { value }]) => [prefix, value]));
}

function readBudget(
  budget: Located | undefined,
): { readonly text: string; readonly value: PyYaml } | undefined {
  const limit = shiftDecimal(digitsOf(member(budget, "max_cost_usd")) ?? "", 0);
  const period = textOf(member(budget, "period"));
  const time_period = [...PERIODS].find(([, ours]) => ours === period)?.[0];
  if (limit === undefined || time_period === undefined) return undefined;
  return {
    text: `${limit} ${time_period}`,
    value: { budget_limit: new Digits(limit), time_period },
  };
}

function prefixOf(provider: Located): string {
  return (
    textOf(member(provider, "metadata", "litellm_prefix")) ??
    canonicalPrefix(textOf(member(provider, "type")))
  );
}
