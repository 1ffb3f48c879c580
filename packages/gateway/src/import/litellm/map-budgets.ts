import type { Located } from "@llmcfg/config";
import type { Json } from "@llmcfg/core";
import { shiftDecimal } from "../decimal-shift.ts";
import { providerPath } from "../document-paths.ts";
import { digitsOf, member, membersOf, textOf } from "../read-node.ts";
import { type ProviderGroup } from "./group-deployments.ts";
import type { LitellmMapping } from "./mapping.ts";

/** LiteLLM's periods. */
export const PERIODS: ReadonlyMap<string, string> = new Map([
  ["1h", "hour"],
  ["1d", "day"],
  ["7d", "week"],
  ["1mo", "month"],
  ["24h", "day"],
  ["1w", "week"],
  ["30d", "month"],
]);

/** `provider_budget_config`: what may be spent with the providers of a prefix. */
export function mapBudgets(mapping: LitellmMapping, groups: readonly ProviderGroup[]): void {
  for (const [prefix, node] of membersOf(
    mapping.setting("router_settings", "provider_budget_config"),
  )) {
    const meant = groups.filter(({ deployments }) => deployments[0]?.target.prefix === prefix);
    const budget = budgetOf(node);
    if (budget !== undefined && meant.length > 0) mapBudget(mapping, meant, budget);
  }
}

interface ReadBudget {
  readonly value: Json;
  readonly nodes: readonly Located[];
  readonly isNear: boolean;
}

function budgetOf(node: Located): ReadBudget | undefined {
  const limit = member(node, "budget_limit") ?? member(node, "max_budget");
  const time = member(node, "time_period") ?? member(node, "budget_duration");
  const max_cost_usd = shiftDecimal(digitsOf(limit) ?? "", 0);
  const period = PERIODS.get(textOf(time) ?? "");
  if (limit === undefined || time === undefined || period === undefined) return undefined;
  if (max_cost_usd === undefined || !/[1-9]/.test(max_cost_usd)) return undefined;
  return { value: { max_cost_usd, period }, nodes: [limit, time], isNear: textOf(time) === "30d" };
}

function mapBudget(
  mapping: LitellmMapping,
  groups: readonly ProviderGroup[],
  { value, nodes, isNear }: ReadBudget,
): void {
  for (const group of groups) {
    for (const draft of group.deployments) draft.set("provider", ["budget"], value);
  }
  const to = providerPath(groups[0]?.id ?? "", ["budget"]);
  const notes = [
    ...(groups.length > 1 ? ["each provider of this prefix may spend it"] : []),
    ...(isNear ? ["30 days there, a month here"] : []),
  ];
  for (const node of nodes) {
    if (notes.length === 0) mapping.ledger.settle(node, { disposition: "mapped", to });
    else mapping.ledger.settle(node, { disposition: "approximated", to, note: notes.join("; ") });
  }
}
