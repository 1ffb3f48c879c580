import { type CrossCheck, nearestNames } from "@llmcfg/config";
import { STRATEGY_ALIASES } from "../schema/routing-strategy.ts";
import { defineCheck } from "./define-check.ts";
import type { Place } from "./place.ts";
import { providersOf } from "./provider-checks.ts";

/** What has to agree within `routing`, and between rules and providers. */
export const ROUTING_CHECKS: readonly CrossCheck[] = [
  defineCheck("unknown_provider", ["providers", "routing"], function* (root) {
    const ids = providersOf(root).flatMap((provider) => provider.at("id").text ?? []);
    for (const named of namedProviders(root)) {
      const { text } = named;
      if (text === undefined || ids.includes(text)) continue;
      const [nearest] = nearestNames(text, ids);
      const hint =
        nearest === undefined ? `there is ${ids.join(", ")}` : `did you mean ${nearest}?`;
      const sort = { type: "invalid_reference", reference: text } as const;
      yield { at: [named], message: `there is no provider ${text}`, hint, sort };
    }
  }),

  defineCheck("disabled_provider_target", ["providers", "routing"], function* (root) {
    const disabled = new Map(
      providersOf(root)
        .filter((provider) => !provider.at("enabled").isOn)
        .map((provider) => [provider.at("id").text, provider.at("enabled")]),
    );
    for (const rule of rulesOf(root)) {
      const targets = targetsOf(rule.at("action"));
      const [first] = targets;
      const because = first === undefined ? undefined : disabled.get(first.text);
      if (first === undefined || because === undefined) continue;
      if (!targets.every((target) => disabled.has(target.text))) continue;
      yield {
        at: [first, because],
        message: `the rule leads to ${first.text}, which is disabled, and nowhere else`,
        severity: "warning",
      };
    }
  }),

  defineCheck("fallback_self", ["routing"], function* (root) {
    for (const { target, fallbacks } of routesOf(root)) {
      const self = fallbacks.find((fallback) => fallback.text === target.text);
      if (self === undefined) continue;
      yield { at: [self, target], message: `${self.text} cannot stand in for itself` };
    }
  }),

  defineCheck("fallback_duplicate", ["routing"], function* (root) {
    for (const { fallbacks } of routesOf(root)) {
      for (const [i, fallback] of fallbacks.entries()) {
        const first = fallbacks.find((other) => other.text === fallback.text);
        if (first === undefined || first === fallbacks[i]) continue;
        yield { at: [fallback, first], message: `${fallback.text} is a fallback already` };
      }
    }
  }),

  defineCheck("filter_overlap", ["routing"], function* (root) {
    for (const filter of filtersOf(root)) {
      const ignored = filter.at("ignore").items();
      for (const only of filter.at("only").items()) {
        const same = ignored.find((other) => other.text === only.text);
        if (same === undefined) continue;
        yield { at: [only, same], message: `${only.text} is both asked for and ignored` };
      }
    }
  }),

  defineCheck("split_zero_weight", ["routing"], function* (root) {
    for (const rule of rulesOf(root)) {
      const targets = rule.at("action", "targets");
      const items = targets.items();
      const hasWeight = items.some((target) => (target.at("weight").number ?? 0) > 0);
      if (rule.at("action", "type").text !== "split" || hasWeight) continue;
      yield { at: [targets], message: "no target has a weight above 0, so none would be chosen" };
    }
  }),

  defineCheck("default_strategy_conflict", ["routing"], function* (root, about) {
    const general = root.at("routing", "default_strategy");
    const policy = root.at("routing", "policy", "default_strategy");
    if (!about.isGiven(general.path) || !about.isGiven(policy.path)) return;
    const [loser, winner] = [strategyName(general), strategyName(policy)];
    if (loser === winner) return;
    yield {
      at: [general, policy],
      message: `${loser} has no effect: the policy says ${winner}`,
      hint: "give default_strategy once",
      severity: "warning",
    };
  }),

  defineCheck("feature_flag_off", ["routing", "features"], function* (root) {
    const features = root.at("features");
    if (features.at("ab_testing").isOn || features.at("speculative_execution").isOn) return;
    for (const rule of rulesOf(root)) {
      if (rule.at("action", "type").text !== "shadow") continue;
      yield {
        at: [rule.at("action"), features.at("ab_testing")],
        message: "the rule casts no shadow: the feature is off",
        hint: "set features.ab_testing: true",
        severity: "warning",
      };
    }
  }),

  defineCheck("caching_without_cache", ["routing"], function* (root) {
    const routing = root.at("routing");
    if (!routing.at("enable_caching").isOn || routing.at("cache").isGiven) return;
    yield {
      at: [routing.at("cache"), routing.at("enable_caching")],
      message: "caching is on and there is no cache",
      hint: "give routing.cache, or set enable_caching: false",
    };
  }),

  defineCheck("cache_backend_incomplete", ["routing.cache"], function* (root) {
    const cache = root.at("routing", "cache");
    const backend = cache.at("backend");
    const name = backend.text;
    if (name !== "redis" && name !== "memcached") return;
    if (cache.at(name).isGiven) return;
    yield {
      at: [cache.at(name), backend],
      message: `the backend ${name} needs the member ${name}`,
    };
  }),

  defineCheck("semantic_without_threshold", ["routing.cache"], function* (root) {
    const cache = root.at("routing", "cache");
    const threshold = cache.at("similarity_threshold");
    if (!cache.at("semantic_caching").isOn || threshold.isGiven) return;
    yield {
      at: [threshold, cache.at("semantic_caching")],
      message: "semantic caching needs to know how similar is similar enough",
      hint: "give similarity_threshold, from 0 to 1",
    };
  }),

  defineCheck("semantic_flag_conflict", ["routing.cache", "features"], function* (root, about) {
    const feature = root.at("features", "semantic_caching");
    const cache = root.at("routing", "cache", "semantic_caching");
    if (!about.isGiven(feature.path) || feature.isOn === cache.isOn) return;
    const state = cache.isOn ? "on" : "off";
    yield {
      at: [feature, cache],
      message: `has no effect: routing.cache.semantic_caching decides, and it is ${state}`,
      severity: "warning",
    };
  }),
];

export function rulesOf(root: Place): readonly Place[] {
  return root.at("routing", "policy", "rules").items("id");
}

interface Route {
  readonly target: Place;
  readonly fallbacks: readonly Place[];
}

function routesOf(root: Place): readonly Route[] {
  return rulesOf(root)
    .map((rule) => rule.at("action"))
    .filter((action) => action.at("type").text === "route_to_provider")
    .map((action) => ({
      target: action.at("provider_id"),
      fallbacks: action.at("fallbacks").items(),
    }));
}

function filtersOf(root: Place): readonly Place[] {
  const policy = root.at("routing", "policy");
  const filters = rulesOf(root).map((rule) => rule.at("action", "filter"));
  return [policy.at("default_provider_filter"), ...filters].filter((filter) => filter.isGiven);
}

/** Every place that has to name a provider. */
function namedProviders(root: Place): readonly Place[] {
  const inFilters = filtersOf(root).flatMap((filter) => [
    ...filter.at("only").items(),
    ...filter.at("ignore").items(),
  ]);
  const inRules = rulesOf(root).flatMap((rule) => {
    const action = rule.at("action");
    const targets = action.at("targets").items();
    return [
      action.at("provider_id"),
      ...action.at("fallbacks").items(),
      ...targets.map((target) => target.at("provider_id")),
    ];
  });
  return [...inRules, ...inFilters];
}

/** Where a rule's requests can go; nothing where it leaves that to a strategy. */
function targetsOf(action: Place): readonly Place[] {
  switch (action.at("type").text ?? "") {
    case "route_to_provider":
      if (action.at("fallback_models").items().length > 0) return [];
      return [action.at("provider_id"), ...action.at("fallbacks").items()];
    case "split":
      return action
        .at("targets")
        .items()
        .map((target) => target.at("provider_id"));
    case "shadow":
      return [action.at("provider_id")];
    default:
      return [];
  }
}

function strategyName(place: Place): string {
  const name = place.text ?? place.at("type").text ?? "";
  return Object.hasOwn(STRATEGY_ALIASES, name) ? (STRATEGY_ALIASES[name] ?? name) : name;
}
