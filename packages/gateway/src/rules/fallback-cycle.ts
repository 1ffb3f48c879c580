import { type BusinessRule, toDocument } from "@llmcfg/config";
import { certaintyFor } from "../checks/name-certainty.ts";
import { Place } from "../checks/place.ts";
import { inOrder } from "../checks/rule-order-checks.ts";
import type { GatewayConfig } from "../schema/root.ts";

/**
 * No chain of fallback models leads back to where it began.
 *
 * A step of a chain is a fallback model that another rule decides about, which has fallback models
 * of its own. Fallbacks are routed without rules, so that a chain is never walked at run time:
 * where one returns, its author most likely expected otherwise.
 */
export function fallbackCycle(): BusinessRule<GatewayConfig> {
  return {
    name: "fallback_cycle",
    needs: ["routing"],
    check(config, context) {
      const chains = chainsOf(inOrder(Place.root(toDocument(config))));
      for (const [model, { place }] of chains) {
        const circle = circleFrom(model, chains);
        if (circle === undefined || circle.toSorted()[0] !== model) continue; // each one once
        context.report({
          path: place.path,
          message: `fallback models lead back: ${[...circle, model].join(" → ")}`,
        });
      }
    },
  };
}

interface Link {
  readonly place: Place;
  readonly next: readonly string[];
}

/** The fallback models of each fallback model, by way of the rule that decides about it. */
function chainsOf(rules: readonly Place[]): ReadonlyMap<string, Link> {
  const names = new Set(rules.flatMap(fallbacksOf));
  const links = new Map<string, Link>();
  for (const name of names) {
    const rule = ruleFor(name, rules);
    if (rule === undefined) continue;
    const next = fallbacksOf(rule).filter((other) => ruleFor(other, rules) !== rule);
    links.set(name, { place: rule.at("action", "fallback_models"), next });
  }
  return links;
}

function ruleFor(model: string, rules: readonly Place[]): Place | undefined {
  return rules.find((rule) => certaintyFor(rule.at("condition"), model) !== "no");
}

function fallbacksOf(rule: Place): readonly string[] {
  const entries = rule.at("action", "fallback_models").items();
  return entries.flatMap((entry) => entry.text ?? entry.at("model").text ?? []);
}

/** Looks at every model once, however many chains lead to it. */
function circleFrom(
  start: string,
  links: ReadonlyMap<string, Link>,
): readonly string[] | undefined {
  const seen = new Set<string>();
  const follow = (path: readonly string[], model: string): readonly string[] | undefined => {
    for (const next of links.get(model)?.next ?? []) {
      if (next === start) return path;
      if (seen.has(next)) continue;
      seen.add(next);
      const circle = follow([...path, next], next);
      if (circle !== undefined) return circle;
    }
    return undefined;
  };
  return follow([start], start);
}
