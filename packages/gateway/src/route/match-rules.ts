import type { DecidingAction, RoutingAction, SideAction } from "../schema/routing-action.ts";
import type { Course } from "./course.ts";
import { RequestHeaders } from "./request-headers.ts";
import type { SideEffect } from "./route-decision.ts";
import type { CompiledRule } from "./route-table.ts";
import { shareOf } from "./share.ts";

/** How often a request may be given another model before that counts as going in a circle. */
export const MAX_REWRITES = 10;

export interface Match {
  /** The rule that decides, and what it does; `undefined` where none decides. */
  readonly deciding: { readonly rule: CompiledRule; readonly action: DecidingAction } | undefined;
  /** The model after all rewrites. */
  readonly model: string;
  readonly side: readonly SideEffect[];
  readonly isCircular: boolean;
}

/**
 * RTE-2: the first rule whose condition holds decides. `shadow` and `rate_limit` are recorded and
 * matching goes on; `rewrite_model` starts again with the new name. A rule that rewrites to the
 * name that is there already is passed over: one that always holds would never end otherwise.
 */
export function matchRules(course: Course): Match {
  const side: SideEffect[] = [];
  const headers = new RequestHeaders(course.request.headers);
  let model = course.request.model;
  for (let rewrites = 0; rewrites <= MAX_REWRITES; rewrites++) {
    const found = findRule(course, { headers, model, side });
    if (found?.action.type !== "rewrite_model") {
      const deciding = found && { rule: found.rule, action: found.action };
      return { deciding, model, side, isCircular: false };
    }
    model = found.action.model;
  }
  course.trace.push(`the model was rewritten more than ${MAX_REWRITES} times`);
  return { deciding: undefined, model, side, isCircular: true };
}

interface FoundRule {
  readonly rule: CompiledRule;
  readonly action: Exclude<RoutingAction, SideAction>;
}

interface Pass {
  readonly headers: RequestHeaders;
  readonly model: string;
  /** Grows. */
  readonly side: SideEffect[];
}

function findRule(course: Course, { headers, model, side }: Pass): FoundRule | undefined {
  const subject = { request: course.request, headers, model, nowMs: course.nowMs };
  for (const rule of course.table.rules) {
    const { id, action } = rule;
    const why = rule.condition(subject);
    if (why !== undefined) {
      course.trace.push(`rule ${id}: ${why}`);
    } else if (action.type === "shadow" || action.type === "rate_limit") {
      record(course, { id, action, side });
    } else if (action.type === "rewrite_model" && action.model === model) {
      course.trace.push(`rule ${id}: the model is ${model} already`);
    } else {
      course.trace.push(`rule ${id} decides: ${nameOf(action)}`);
      return { rule, action };
    }
  }
  course.trace.push(`no rule decides about ${model}`);
  return undefined;
}

function nameOf(action: FoundRule["action"]): string {
  return action.type === "rewrite_model" ? `rewrite_model to ${action.model}` : action.type;
}

interface Recording {
  readonly id: string;
  readonly action: SideAction;
  readonly side: SideEffect[];
}

/** Each rule once: after a rewrite it is met again. */
function record(course: Course, { id, action, side }: Recording): void {
  const why = action.type === "shadow" ? notShadowed(course, id, action.percent) : undefined;
  course.trace.push(why === undefined ? `rule ${id} adds ${action.type}` : `rule ${id}: ${why}`);
  const isKnown = side.some((known) => known.rule === id);
  if (why === undefined && !isKnown) side.push({ kind: action.type, rule: id });
}

/** Shadows are sampled by request, and are inert unless one of their features is on. */
function notShadowed({ table, request }: Course, rule: string, percent: number) {
  if (!table.hasShadows) return "ab_testing and speculative_execution are off";
  const isSampled = shareOf(rule, request.requestId) < percent;
  return isSampled ? undefined : `request_id is not in the share of ${percent} %`;
}
