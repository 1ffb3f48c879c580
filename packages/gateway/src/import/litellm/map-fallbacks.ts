import type { Located } from "@llmcfg/config";
import type { Json, JsonObject } from "@llmcfg/core";
import { rulePath } from "../document-paths.ts";
import { escapeText } from "../escape-text.ts";
import { flagOf, integerOf, itemsOf, membersOf, textOf } from "../read-node.ts";
import { type ProviderGroup, slug } from "./group-deployments.ts";
import type { LitellmMapping } from "./mapping.ts";

/** LiteLLM's lists of fallbacks, and the causes that each of them is for. */
export const FALLBACK_LISTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["fallbacks", ["error", "timeout", "rate_limited"]],
  ["context_window_fallbacks", ["context_window"]],
  ["content_policy_fallbacks", ["content_policy"]],
]);

interface Target {
  readonly model: string;
  readonly on: readonly string[];
}

interface RuleDraft {
  readonly sources: Located[];
  readonly targets: { readonly target: Target; readonly node: Located | undefined }[];
  hasGeneral: boolean;
}

/** Every model in LiteLLM's lists. */
const ANY = "*";

/** Rules of tags, one rule for each model that has fallbacks, and last the one for all others. */
export function mapRules(
  mapping: LitellmMapping,
  { strategy, groups }: { readonly strategy: string; readonly groups: readonly ProviderGroup[] },
): void {
  const rules = [
    ...tagRules(mapping, strategy, groups),
    ...fallbackRules(mapping, strategy, groups),
  ];
  if (rules.length > 0) mapping.set(["routing", "policy", "rules"], rules.slice(0, MAX_RULES));
}

const MAX_RULES = 1_000;

function tagRules(
  mapping: LitellmMapping,
  strategy: string,
  groups: readonly ProviderGroup[],
): JsonObject[] {
  const node = mapping.setting("router_settings", "enable_tag_filtering");
  if (flagOf(node) !== true) {
    if (flagOf(node) === false)
      mapping.settleDefault(node, "tags choose nothing here without a rule");
    return [];
  }
  const tags = new Set(groups.flatMap(({ deployments }) => deployments.flatMap(tagsOf)));
  const note = "one rule for each tag; the tags of a request are not taken together";
  mapping.ledger.settle(node, { disposition: "approximated", note });
  const ids = new Set<string>();
  return [...tags].map((tag) => {
    const id = freeId(`tag-${tag}`, ids);
    if (node !== undefined) mapping.addOrigin(rulePath(id), node);
    const filter = { tags: { [tag]: "true" } };
    return {
      id,
      condition: { type: "tag", key: escapeText(tag) },
      action: { type: "balance", strategy, filter },
    };
  });
}

function tagsOf(draft: ProviderGroup["deployments"][number]): readonly string[] {
  const { tags } = draft.provider;
  return typeof tags === "object" && tags !== null ? Object.keys(tags) : [];
}

function fallbackRules(
  mapping: LitellmMapping,
  strategy: string,
  groups: readonly ProviderGroup[],
): JsonObject[] {
  const names = new Set(groups.flatMap(({ deployments }) => deployments.map(({ name }) => name)));
  const drafts = collectFallbacks(mapping, names);
  const limit = maxFallbacks(mapping, drafts.size > 0);
  const general = drafts.get(ANY);
  const ids = new Set<string>();
  const ordered = [...drafts].filter(([source]) => source !== ANY);
  const rules = ordered.map(([source, draft]) => {
    const id = freeId(`fallback-${source}`, ids);
    const condition = { type: "model_name", pattern: escapeText(escapeGlob(source)) };
    return toRule(mapping, { id, condition, strategy, draft: withGeneral(draft, general), limit });
  });
  if (general === undefined) return rules;
  const id = freeId("default-fallbacks", ids);
  const condition = { type: "always" };
  return [...rules, toRule(mapping, { id, condition, strategy, draft: general, limit })];
}

/** A model with fallbacks for some causes alone has the default ones for the others. */
function withGeneral(draft: RuleDraft, general: RuleDraft | undefined): RuleDraft {
  if (draft.hasGeneral || general === undefined) return draft;
  const targets = general.targets.filter(({ target }) => target.on.includes("error"));
  return {
    ...draft,
    targets: [...targets.map(({ target }) => ({ target, node: undefined })), ...draft.targets],
  };
}

function collectFallbacks(
  mapping: LitellmMapping,
  names: ReadonlySet<string>,
): Map<string, RuleDraft> {
  const drafts = new Map<string, RuleDraft>();
  for (const [list, on] of FALLBACK_LISTS) {
    const taken = new Set<string>();
    for (const item of itemsOf(placeOf(mapping, list))) {
      for (const [source, targets] of membersOf(item)) {
        if (taken.has(source)) continue; // LiteLLM takes the first
        taken.add(source);
        if (source === ANY || names.has(source))
          collect(drafts, { source, node: targets, on, names, item });
      }
    }
    if (list === "fallbacks") collectDefaults(mapping, drafts, names);
  }
  for (const [source, { targets }] of drafts) if (targets.length === 0) drafts.delete(source);
  return drafts;
}

/** `default_fallbacks` say what `fallbacks` of `*` say. */
function collectDefaults(
  mapping: LitellmMapping,
  drafts: Map<string, RuleDraft>,
  names: ReadonlySet<string>,
): void {
  const node = placeOf(mapping, "default_fallbacks");
  if (node === undefined || drafts.get(ANY)?.hasGeneral === true) return;
  const on = FALLBACK_LISTS.get("fallbacks") ?? [];
  collect(drafts, { source: ANY, node, on, names, item: node });
}

interface Collected {
  readonly source: string;
  readonly node: Located;
  readonly on: readonly string[];
  readonly names: ReadonlySet<string>;
  readonly item: Located;
}

/** Targets that are no model here stay where they are. */
function collect(
  drafts: Map<string, RuleDraft>,
  { source, node, on, names, item }: Collected,
): void {
  const draft = drafts.get(source) ?? { sources: [], targets: [], hasGeneral: false };
  for (const target of itemsOf(node)) {
    const model = textOf(target);
    if (model === undefined || !isKnown(model, names)) continue;
    draft.targets.push({ target: { model: escapeText(model), on }, node: target });
    if (on.includes("error")) draft.hasGeneral = true;
  }
  draft.sources.push(item);
  drafts.set(source, draft);
}

function isKnown(model: string, names: ReadonlySet<string>): boolean {
  if (names.has(model)) return true;
  return [...names].some(
    (name) => name === "*" || (name.endsWith("/*") && model.startsWith(name.slice(0, -1))),
  );
}

/** The list of the router, else that of `litellm_settings`: the router wins. */
function placeOf(mapping: LitellmMapping, list: string): Located | undefined {
  const router = mapping.setting("router_settings", list);
  return itemsOf(router).length > 0 ? router : mapping.setting("litellm_settings", list);
}

function maxFallbacks(mapping: LitellmMapping, isUsed: boolean): number | undefined {
  const node = mapping.setting("router_settings", "max_fallbacks");
  const limit = integerOf(node, { min: 0, max: 20 });
  if (!isUsed || limit === undefined) return undefined;
  mapping.ledger.settle(node, { disposition: "mapped", to: "routing.policy.rules" });
  return limit;
}

interface RuleParts {
  readonly id: string;
  readonly condition: JsonObject;
  readonly strategy: string;
  readonly draft: RuleDraft;
  readonly limit: number | undefined;
}

function toRule(
  mapping: LitellmMapping,
  { id, condition, strategy, draft, limit }: RuleParts,
): JsonObject {
  const to = rulePath(id);
  for (const node of draft.sources) mapping.addOrigin(to, node);
  for (const { node } of draft.targets) mapping.ledger.settle(node, { disposition: "mapped", to });
  const fallback_models: Json = draft.targets.map(({ target: { model, on } }) => ({ model, on }));
  const causes = new Set(draft.targets.flatMap(({ target }) => target.on));
  const action = { type: "balance", strategy, fallback_models, fallback_on: [...causes] };
  return {
    id,
    condition,
    action: limit === undefined ? action : { ...action, max_fallbacks: limit },
  };
}

/** The pattern that matches this name alone. */
export function escapeGlob(name: string): string {
  return name.replaceAll(/[*?[\]{}\\]/g, (character) => `\\${character}`);
}

function freeId(wanted: string, ids: Set<string>): string {
  const base = slug(wanted);
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? base : `${base}-${count}`;
    if (ids.has(id)) continue;
    ids.add(id);
    return id;
  }
}
