import { compileGlob } from "@llmcfg/config";
import { isJsonObject, type Json } from "@llmcfg/core";
import type { EstimateCondition, Percentage, RuleCondition } from "../schema/rule-condition.ts";
import { compileComparison } from "./compare.ts";
import { compileNamePattern } from "./name-pattern.ts";
import type { RequestHeaders } from "./request-headers.ts";
import type { RouteRequest } from "./route-decision.ts";
import { shareOf } from "./share.ts";
import { stickyReader } from "./sticky-value.ts";
import { compileWindow } from "./time-window.ts";

/** What conditions look at: the request, and the model it is now for, which rules rewrite. */
export interface Subject {
  readonly request: RouteRequest;
  readonly headers: RequestHeaders;
  readonly model: string;
  readonly nowMs: number;
}

/** Why a condition does not hold, or nothing. The texts are made once, not for each request. */
export type Condition = (subject: Subject) => string | undefined;

/** A condition that can be asked quickly. One that does not compile never holds, and says so. */
export function compileCondition(condition: RuleCondition): Condition {
  try {
    return compile(condition);
  } catch {
    const why = `${condition.type} does not compile`;
    return () => why;
  }
}

function compile(condition: RuleCondition): Condition {
  switch (condition.type) {
    case "always":
      return () => undefined;
    case "model_name": {
      const matches = compileNamePattern(condition.pattern);
      return when(`the model is not ${condition.pattern}`, ({ model }) => matches(model));
    }
    case "tenant":
      return memberOf(condition, ({ request }) => request.tenant);
    case "user":
      return memberOf(condition, ({ request }) => request.user);
    case "api_key":
      return memberOf(condition, ({ request }) => request.apiKeyId);
    case "header": {
      const name = condition.name.toLowerCase();
      const holds = compileComparison(condition);
      const why = `header ${condition.name} is not ${condition.op} the given value`;
      return when(why, ({ headers }) => holds(headers.find(name)));
    }
    case "path": {
      const matches = compileGlob(condition.pattern, "path");
      return when(
        `the path is not ${condition.pattern}`,
        ({ request: { path } }) => path !== undefined && matches(path),
      );
    }
    case "method": {
      const { method } = condition;
      return when(`the method is not ${method}`, ({ request }) => request.method === method);
    }
    case "metadata":
      return compare(condition, ({ request }) => request.metadata);
    case "param":
      return compare(condition, ({ request }) => request.params);
    case "token_estimate":
      return estimate(condition, ({ tokenEstimate }) => tokenEstimate);
    case "cost_estimate":
      return estimate(condition, ({ costEstimate }) => costEstimate);
    case "capability": {
      const { all } = condition;
      return when(
        `the request does not need ${all.join(" and ")}`,
        ({ request: { needs } }) => needs !== undefined && all.every((one) => needs.includes(one)),
      );
    }
    case "tag":
      return tag(condition);
    case "time_window": {
      const { start, end, timezone, days } = condition;
      const contains = compileWindow(condition);
      const why = `it is not ${start}–${end} ${timezone} on ${days.join(", ")}`;
      return when(why, ({ nowMs }) => contains(nowMs));
    }
    case "percentage":
      return percentage(condition);
    case "and":
      return allOf(condition.conditions.map(compile));
    case "or":
      return anyOf(condition.conditions.map(compile));
    case "not": {
      const inner = compile(condition.condition);
      const why = `the condition inside not (${condition.condition.type}) holds`;
      return (subject) => (inner(subject) === undefined ? why : undefined);
    }
  }
}

function when(why: string, holds: (subject: Subject) => boolean): Condition {
  return (subject) => (holds(subject) ? undefined : why);
}

function memberOf(
  { type, ids }: { readonly type: string; readonly ids: readonly string[] },
  read: (subject: Subject) => string | undefined,
): Condition {
  const members = new Set(ids);
  const why = `${type} is not one of ${ids.slice(0, 5).join(", ")}${ids.length > 5 ? "…" : ""}`;
  return when(why, (subject) => {
    const given = read(subject);
    return given !== undefined && members.has(given);
  });
}

function compare(
  condition: Extract<RuleCondition, { readonly type: "metadata" | "param" }>,
  read: (subject: Subject) => Json | undefined,
): Condition {
  const { type, key, op } = condition;
  const steps = key.split(".");
  const holds = compileComparison(condition);
  const why = `${type} ${key} is not ${op} the given value`;
  return when(why, (subject) => holds(memberAt(read(subject), steps)));
}

function memberAt(value: Json | undefined, steps: readonly string[]): Json | undefined {
  let found = value;
  for (const step of steps) {
    if (!isJsonObject(found) || !Object.hasOwn(found, step)) return undefined;
    found = found[step];
  }
  return found;
}

function estimate(
  { type, op, value }: EstimateCondition,
  read: (request: RouteRequest) => number | undefined,
): Condition {
  const holds = compileComparison({ op, value });
  return when(`${type} is not ${op} ${String(value)}`, ({ request }) => holds(read(request)));
}

function tag({ key, value }: Extract<RuleCondition, { readonly type: "tag" }>): Condition {
  const why = value === null ? `there is no tag ${key}` : `tag ${key} is not ${value}`;
  return when(why, ({ request: { tags } }) => {
    if (tags === undefined || !Object.hasOwn(tags, key)) return false;
    return value === null || tags[key] === value;
  });
}

function percentage({ percent, key, salt }: Percentage): Condition {
  const why = `${key} is not in the share of ${percent} %`;
  const read = stickyReader(key);
  return when(why, ({ request }) => {
    const value = read(request);
    return value !== undefined && shareOf(salt, value) < percent;
  });
}

function allOf(conditions: readonly Condition[]): Condition {
  return (subject) => {
    for (const condition of conditions) {
      const why = condition(subject);
      if (why !== undefined) return why;
    }
    return undefined;
  };
}

function anyOf(conditions: readonly Condition[]): Condition {
  const why = `none of ${conditions.length} conditions holds`;
  return (subject) =>
    conditions.some((condition) => condition(subject) === undefined) ? undefined : why;
}
