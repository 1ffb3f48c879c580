import type { CrossCheck } from "@llmcfg/config";
import { canonicalize } from "@llmcfg/core";
import { MAX_REWRITES } from "../route/match-rules.ts";
import { type Discovery, defineCheck } from "./define-check.ts";
import { certaintyFor } from "./name-certainty.ts";
import type { Place } from "./place.ts";
import { rulesOf } from "./routing-checks.ts";

/** What follows from the order in which rules are asked. */
export const RULE_ORDER_CHECKS: readonly CrossCheck[] = [
  defineCheck("rewrite_cycle", ["routing"], function* (root) {
    const rules = inOrder(root);
    const known = new Set<string>();
    for (const rule of rules.filter(rewrites)) {
      const circle = circleFrom(rule, rules);
      if (circle === undefined || known.has(circle.id)) continue;
      known.add(circle.id);
      yield endless(rule.at("action", "model"), circle.why);
    }
  }),

  defineCheck("rule_unreachable", ["routing"], function* (root) {
    /** By its condition: the first rule that decides where it holds. */
    const first = new Map<string, Place>();
    let always: Place | undefined;
    for (const rule of inOrder(root)) {
      const condition = rule.at("condition");
      const { value } = condition;
      const key = value === undefined ? undefined : canonicalize(value);
      const blocker = (key === undefined ? undefined : first.get(key)) ?? always;
      if (blocker !== undefined) {
        yield {
          at: [rule, blocker],
          message: `the rule never decides: ${blocker.at("id").text} decides before it`,
          severity: "warning",
        };
      }
      if (always !== undefined || blocker !== undefined || !endsMatching(rule)) continue;
      if (condition.at("type").text === "always") always = rule;
      else if (key !== undefined) first.set(key, rule);
    }
  }),
];

/** Enabled ones, as the evaluator asks them. */
export function inOrder(root: Place): readonly Place[] {
  return rulesOf(root)
    .filter((rule) => rule.at("enabled").isOn)
    .toSorted((a, b) => priorityOf(a) - priorityOf(b));
}

function priorityOf(rule: Place): number {
  return rule.at("priority").number ?? 0;
}

function rewrites(rule: Place): boolean {
  return rule.at("action", "type").text === "rewrite_model";
}

function endsMatching(rule: Place): boolean {
  const type = rule.at("action", "type").text ?? "";
  return ["route_to_provider", "balance", "split", "reject"].includes(type);
}

/**
 * Follows the model that a rule gives, for a request that meets whatever else the rule asks and
 * nothing else that other rules ask.
 */
function circleFrom(start: Place, rules: readonly Place[]): Circle | undefined {
  const seen: string[] = [];
  let model = start.at("action", "model").text;
  while (model !== undefined && !seen.includes(model)) {
    seen.push(model);
    if (seen.length > MAX_REWRITES) return { id: start.path, why: "too many rewrites follow it" };
    model = nextModel(model, start, rules);
  }
  if (model === undefined) return undefined;
  const id = JSON.stringify(seen.slice(seen.indexOf(model)).toSorted());
  return { id, why: `it comes back: ${[...seen, model].join(" → ")}` };
}

interface Circle {
  /** Equal for each of its rules, so that it is reported once. */
  readonly id: string;
  readonly why: string;
}

function endless(target: Place, why: string): Discovery {
  return {
    at: [target],
    message: `rewriting to ${target.text} does not end: ${why}`,
    hint: `at most ${MAX_REWRITES} rewrites may follow one another`,
  };
}

/** The name that a request for `model` is given next; `undefined` where it keeps it. */
function nextModel(model: string, start: Place, rules: readonly Place[]): string | undefined {
  for (const rule of rules) {
    const certainty = certaintyFor(rule.at("condition"), model);
    const holds = certainty === "yes" || (certainty === "depends" && rule === start);
    if (!holds) continue;
    if (endsMatching(rule)) return undefined;
    const next = rewrites(rule) ? rule.at("action", "model").text : undefined;
    if (next !== undefined && next !== model) return next;
  }
  return undefined;
}
