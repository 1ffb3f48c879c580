import type { DeepReadonly } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";
import type { Course } from "./course.ts";
import { followAction, followStandard } from "./follow-action.ts";
import { type Match, matchRules } from "./match-rules.ts";
import type { Exclusion, RouteDecision, RouteRequest, RouteState } from "./route-decision.ts";
import { routeTableOf } from "./route-table.ts";

/**
 * Where a request goes, in which order, and why.
 *
 * Pure and total: neither clock nor chance; equal input gives an equal decision, and every
 * accepted configuration gives one. Microseconds, once the configuration object has been seen.
 *
 * The deployments of a name are looked up among all providers, or in the one provider that an
 * action names, and filtered after that; `default_provider_filter` and the filter of a rule both
 * apply. A decision has at most `max_fallbacks` attempts after the first, whether they are other
 * deployments of the model, later tiers or fallback models; fallback models keep the filter of
 * the rule and go by the default strategy.
 *
 * @example
 * ```ts
 * const { attempts } = evaluateRoute(config, { model: "gpt-4o", requestId: "r1" }, state);
 * ```
 */
export function evaluateRoute(
  config: DeepReadonly<GatewayConfig>,
  request: RouteRequest,
  state: RouteState,
): RouteDecision {
  const table = routeTableOf(config);
  const trace = [opening(table.label, state)];
  const excluded: Exclusion[] = [];
  const course: Course = { table, request, state, nowMs: state.now.getTime(), trace, excluded };
  const match = matchRules(course);
  const { deciding, side } = match;
  return { ...decide(course, match), rule: deciding?.rule.id, side, excluded, trace };
}

function opening(label: string, { configVersion }: RouteState): string {
  return configVersion === undefined
    ? `configuration ${label}`
    : `configuration version ${configVersion} (${label})`;
}

function decide(
  course: Course,
  { deciding, model, isCircular }: Match,
): Pick<RouteDecision, "outcome" | "attempts" | "reject"> {
  if (isCircular) return { outcome: "no_route", attempts: [] };
  if (deciding?.action.type === "reject") {
    const { status, reason } = deciding.action;
    return { outcome: "reject", attempts: [], reject: { status, reason } };
  }
  const attempts =
    deciding === undefined
      ? followStandard(course, model)
      : followAction(course, { rule: deciding.rule, action: deciding.action, model });
  return { outcome: attempts.length > 0 ? "route" : "no_route", attempts };
}
