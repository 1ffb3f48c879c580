import type { Located } from "@llmcfg/config";
import { isJsonArray, isJsonObject } from "@llmcfg/core";
import { unescapeText } from "../../import/escape-text.ts";
import { FALLBACK_LISTS } from "../../import/litellm/map-fallbacks.ts";
import { flagOf, itemsOf, member, membersOf, numberOf, textOf } from "../../import/read-node.ts";
import { DEFAULT_CAUSES } from "../../schema/routing-action.ts";
import type { LitellmExport } from "./litellm-export.ts";

/** Rules that choose by tag or give a model fallbacks; LiteLLM has no others. */
export function putRules(exported: LitellmExport): void {
  const limits = new Set<number | undefined>();
  for (const rule of itemsOf(exported.at("routing", "policy", "rules"))) {
    if (flagOf(member(rule, "enabled")) === false) exported.keep(rule, "the rule is off");
    else if (putTagRule(exported, rule)) continue;
    else if (putFallbackRule(exported, rule))
      limits.add(numberOf(member(rule, "action", "max_fallbacks")));
    else exported.keep(rule, "LiteLLM has no rules of this kind");
  }
  const [limit] = limits;
  if (limits.size === 1 && limit !== undefined)
    exported.set(["router_settings", "max_fallbacks"], limit);
}

function putTagRule(exported: LitellmExport, rule: Located): boolean {
  const tag = textOf(member(rule, "condition", "key"));
  const tags = membersOf(member(rule, "action", "filter", "tags"));
  const isTag =
    textOf(member(rule, "condition", "type")) === "tag" &&
    textOf(member(rule, "condition", "value")) === undefined;
  const [only] = tags;
  if (!isTag || tags.length !== 1 || tag === undefined || only?.[0] !== unescapeText(tag))
    return false;
  if (itemsOf(member(rule, "action", "fallback_models")).length > 0) return false;
  const path = ["router_settings", "enable_tag_filtering"];
  exported.set(path, true);
  exported.settle(rule, path);
  return true;
}

function putFallbackRule(exported: LitellmExport, rule: Located): boolean {
  const source = sourceOf(member(rule, "condition"));
  const action = member(rule, "action");
  const hasFilter = member(action, "filter")?.type === "object";
  if (source === undefined || textOf(member(action, "type")) !== "balance" || hasFilter)
    return false;
  for (const [list, causes] of FALLBACK_LISTS) {
    const models = targetsOf(exported, action, causes[0] ?? "");
    if (models.length > 0) putTargets(exported, { list, source, models });
  }
  exported.settle(rule, ["router_settings", "fallbacks"], noteOf(exported, rule));
  return true;
}

const ANY = "*";

/** The one model that a rule is for; `*` for one that is for all. */
function sourceOf(condition: Located | undefined): string | undefined {
  if (textOf(member(condition, "type")) === "always") return ANY;
  const pattern = textOf(member(condition, "pattern"));
  if (textOf(member(condition, "type")) !== "model_name" || pattern === undefined) return undefined;
  const isLiteral = !/(?<!\\)(?:\\\\)*[*?[\]{}]/.test(
    unescapeText(pattern).replaceAll(/\\[*?[\]{}]/g, ""),
  );
  return isLiteral ? unescapeText(pattern).replaceAll(/\\(.)/gs, "$1") : undefined;
}

function targetsOf(
  exported: LitellmExport,
  action: Located | undefined,
  cause: string,
): readonly string[] {
  const usual = itemsOf(member(action, "fallback_on")).map(textOf);
  const general: readonly (string | undefined)[] = usual.length > 0 ? usual : DEFAULT_CAUSES;
  return itemsOf(member(action, "fallback_models")).flatMap((node) => {
    const on = node.type === "object" ? itemsOf(member(node, "on")).map(textOf) : general;
    const model = exported.text(node.type === "object" ? member(node, "model") : node, "text");
    return model !== undefined && on.includes(cause) ? [model] : [];
  });
}

function putTargets(
  exported: LitellmExport,
  {
    list,
    source,
    models,
  }: { readonly list: string; readonly source: string; readonly models: readonly string[] },
): void {
  // Where some of LiteLLM's default fallbacks were preserved, the same is said in another way.
  const kept = exported.at("extensions", "litellm", "router_settings", "default_fallbacks");
  if (source === ANY && list === "fallbacks" && kept === undefined) {
    exported.set(["router_settings", "default_fallbacks"], models);
    return;
  }
  const before = exported.file["router_settings"];
  const known = isJsonObject(before) ? before[list] : undefined;
  exported.set(
    ["router_settings", list],
    [...(isJsonArray(known) ? known : []), { [source]: models }],
  );
}

/** How it is not quite the same there. */
function noteOf(exported: LitellmExport, rule: Located): string | undefined {
  const strategy = textOf(member(rule, "action", "strategy"));
  const usual = textOf(exported.at("routing", "policy", "default_strategy"));
  const notes = [
    ...(strategy === usual ? [] : ["LiteLLM has one strategy for all models"]),
    ...((numberOf(member(rule, "priority")) ?? 100) === 100
      ? []
      : ["LiteLLM has no order of rules"]),
  ];
  return notes.length === 0 ? undefined : notes.join("; ");
}
