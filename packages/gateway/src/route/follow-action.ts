import {
  type Balance,
  type Cause,
  DEFAULT_CAUSES,
  DEFAULT_MAX_FALLBACKS,
  type DecidingAction,
  type RouteToProvider,
  type Split,
} from "../schema/routing-action.ts";
import { AttemptList } from "./attempt-list.ts";
import type { Course } from "./course.ts";
import type { Deployment } from "./deployment.ts";
import type { Attempt } from "./route-decision.ts";
import type { Choice, CompiledRule } from "./route-table.ts";
import { shareOf } from "./share.ts";
import { byWeight } from "./strategy.ts";
import { inTiers, isUsable } from "./tiers.ts";

/** What the rule that decides says about a request for `model`. */
export interface Following {
  readonly rule: CompiledRule;
  readonly action: Exclude<DecidingAction, { readonly type: "reject" }>;
  readonly model: string;
}

/** The attempts that an action comes to. */
export function followAction(course: Course, following: Following): readonly Attempt[] {
  const { rule, action, model } = following;
  switch (action.type) {
    case "route_to_provider":
      return routeToProvider(course, { rule, action, model });
    case "balance":
      return balance(course, { choice: rule.choice, fallbacks: action, model });
    case "split":
      return split(course, { rule, action, model });
  }
}

/** RTE-3: what happens to a request that no rule decides about. */
export function followStandard(course: Course, model: string): readonly Attempt[] {
  const fallbacks = {
    fallback_models: [],
    fallback_on: DEFAULT_CAUSES,
    max_fallbacks: DEFAULT_MAX_FALLBACKS,
  };
  return balance(course, { choice: course.table.standard, fallbacks, model });
}

interface Balancing {
  readonly choice: Choice;
  readonly fallbacks: Pick<Balance, "fallback_models" | "fallback_on" | "max_fallbacks">;
  readonly model: string;
}

function balance(course: Course, { choice, fallbacks, model }: Balancing): readonly Attempt[] {
  const attempts = new AttemptList();
  const found = course.table.deployments.find(model, course.nowMs);
  if (found.length === 0) course.trace.push(`no deployment serves ${model}`);
  attempts.addChoices(inTiers(course, found, choice), fallbacks.fallback_on);
  addFallbackModels(course, attempts, { choice, fallbacks, model });
  return attempts.finish(course.table.hasFailover ? fallbacks.max_fallbacks : 0);
}

/** RTE-6: in their order, each routed without rules; what the rule filters out stays out. */
function addFallbackModels(
  course: Course,
  attempts: AttemptList,
  { choice, fallbacks }: Balancing,
): void {
  if (!course.table.hasFailover) return;
  const standard: Choice = { strategy: course.table.standard.strategy, filter: choice.filter };
  for (const entry of fallbacks.fallback_models) {
    const { model, on } =
      typeof entry === "string" ? { model: entry, on: fallbacks.fallback_on } : entry;
    const found = course.table.deployments.find(model, course.nowMs);
    if (found.length === 0) course.trace.push(`no deployment serves fallback model ${model}`);
    attempts.addFallbacks(inTiers(course, found, standard), on);
  }
}

interface Targeting<A> {
  readonly rule: CompiledRule;
  readonly action: A;
  readonly model: string;
}

function routeToProvider(
  course: Course,
  { rule, action, model: requested }: Targeting<RouteToProvider>,
): readonly Attempt[] {
  const attempts = new AttemptList();
  const model = action.model ?? requested;
  const { provider_id, fallbacks, fallback_on: on } = action;
  attempts.addChoices(findTargets(course, provider_id, model), on);
  if (!course.table.hasFailover) return attempts.finish(0);

  for (const provider of fallbacks) {
    attempts.addFallbacks(findTargets(course, provider, model), on);
  }
  addFallbackModels(course, attempts, { choice: rule.choice, fallbacks: action, model });
  return attempts.finish(action.max_fallbacks);
}

/** The deployment of a model at the provider that an action names; none where it cannot be used. */
function findTargets(course: Course, provider: string, model: string): readonly Deployment[] {
  const found = course.table.byProvider.get(provider)?.find(model, course.nowMs) ?? [];
  if (found.length === 0) course.trace.push(`${provider} does not serve ${model}`);
  const siblings = course.table.deployments.find(model, course.nowMs);
  return found.filter((deployment) => isUsable(course, deployment, siblings));
}

/** The target that is drawn, and the others behind it as failover. */
function split(course: Course, { rule, action, model }: Targeting<Split>): readonly Attempt[] {
  const attempts = new AttemptList();
  const sticky = rule.stickyValue(course.request);
  const draw = sticky === undefined ? course.state.draw : shareOf(rule.id, sticky) / 100;
  const weighted = action.targets.filter(({ weight }) => weight > 0);
  const order = byWeight(weighted, draw);
  const causes: readonly Cause[] = DEFAULT_CAUSES;
  for (const target of course.table.hasFailover ? order : order.slice(0, 1)) {
    const found = findTargets(course, target.provider_id, target.model ?? model);
    attempts.addChoices(found, causes);
  }
  return attempts.finish(DEFAULT_MAX_FALLBACKS);
}
