import {
  evaluateRoute,
  type RouteRequest,
  type RoutingRule,
  type RuleCondition,
} from "@llmcfg/gateway";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  configuration,
  provider,
  request,
  routeTo,
  rule,
  state,
} from "../support/configuration.ts";

const MODELS = ["gpt-4o", "gpt-4o-mini", "claude", "o1"];
const TENANTS = ["acme", "beta", "acme-eu"];

/** The conditions that the test makes. */
type TestedCondition =
  | Extract<RuleCondition, { readonly type: "always" | "model_name" }>
  | {
      readonly type: "header";
      readonly name: string;
      readonly op: "eq" | "ne";
      readonly value: string;
    }
  | { readonly type: "token_estimate"; readonly op: "gt"; readonly value: number }
  | { readonly type: "tenant"; readonly ids: readonly string[] }
  | { readonly type: "and" | "or"; readonly conditions: readonly TestedCondition[] }
  | { readonly type: "not"; readonly condition: TestedCondition };

interface TestedRule extends RoutingRule {
  readonly condition: TestedCondition;
}

/** Rule matching as §4.7 and §4.16 say it, as slowly and plainly as can be. */
function expectedRule(rules: readonly TestedRule[], asked: RouteRequest): string | undefined {
  const enabled = rules.filter((one) => one.enabled);
  let model = asked.model;
  for (let rewrites = 0; rewrites <= 10; rewrites++) {
    let candidates = enabled.map((one, position) => ({ one, position }));
    candidates = candidates.filter(({ one }) => isTrue(one.condition, asked, model));
    candidates = candidates.filter(
      ({ one }) => one.action.type !== "rewrite_model" || one.action.model !== model,
    );
    const first = candidates.reduce<(typeof candidates)[number] | undefined>((best, next) => {
      if (best === undefined || next.one.priority < best.one.priority) return next;
      return best;
    }, undefined);
    if (first?.one.action.type !== "rewrite_model") return first?.one.id;
    model = first.one.action.model;
  }
  return undefined;
}

function isTrue(condition: TestedCondition, asked: RouteRequest, model: string): boolean {
  switch (condition.type) {
    case "always":
      return true;
    case "model_name":
      return isGlobMatch(condition.pattern, model);
    case "tenant":
      return condition.ids.some((id) => id === asked.tenant);
    case "header": {
      const entries = Object.entries(asked.headers ?? {});
      const found = entries.find(([name]) => name.toLowerCase() === condition.name.toLowerCase());
      if (condition.op === "eq") return found !== undefined && found[1] === condition.value;
      return found === undefined || found[1] !== condition.value;
    }
    case "token_estimate":
      return asked.tokenEstimate !== undefined && asked.tokenEstimate > condition.value;
    case "and":
      return condition.conditions.every((inner) => isTrue(inner, asked, model));
    case "or":
      return condition.conditions.some((inner) => isTrue(inner, asked, model));
    case "not":
      return !isTrue(condition.condition, asked, model);
  }
}

/** `*` and `?` alone, by recursion. */
function isGlobMatch(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  const [head, rest] = [pattern.charAt(0), pattern.slice(1)];
  if (head === "*") {
    return isGlobMatch(rest, text) || (text !== "" && isGlobMatch(pattern, text.slice(1)));
  }
  return text !== "" && (head === "?" || text.startsWith(head)) && isGlobMatch(rest, text.slice(1));
}

const pattern = fc.oneof(
  fc.constantFrom(...MODELS),
  fc.constantFrom("*", "gpt*", "*mini", "gpt-?o*", "*-*", "??", "claude?"),
);

const { condition } = fc.letrec<{ condition: TestedCondition; leaf: TestedCondition }>((tie) => ({
  leaf: fc.oneof(
    fc.constant({ type: "always" } as const),
    pattern.map((given) => ({ type: "model_name", pattern: given }) as const),
    fc.subarray(TENANTS, { minLength: 1 }).map((ids) => ({ type: "tenant", ids }) as const),
    fc
      .record({
        op: fc.constantFrom("eq" as const, "ne" as const),
        value: fc.constantFrom("a", "b"),
      })
      .map((given) => ({ type: "header", name: "X-Team", ...given }) as const),
    fc.nat(3).map((value) => ({ type: "token_estimate", op: "gt", value }) as const),
  ),
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie("leaf"),
    fc
      .array(tie("condition"), { minLength: 1, maxLength: 3 })
      .map((conditions) => ({ type: "and", conditions }) as const),
    fc
      .array(tie("condition"), { minLength: 1, maxLength: 3 })
      .map((conditions) => ({ type: "or", conditions }) as const),
    tie("condition").map((inner) => ({ type: "not", condition: inner }) as const),
  ),
}));

const rules = fc
  .array(
    fc.record({
      condition,
      enabled: fc.boolean(),
      priority: fc.nat(3),
      rewriteTo: fc.option(fc.constantFrom(...MODELS), { nil: undefined, freq: 3 }),
    }),
    { maxLength: 8 },
  )
  .map((given) =>
    given.map(({ rewriteTo, ...members }, i): TestedRule => {
      const action =
        rewriteTo === undefined
          ? routeTo("a")
          : ({ type: "rewrite_model", model: rewriteTo } as const);
      return { ...rule(`r${i}`, { ...members, action }), condition: members.condition };
    }),
  );

const asked = fc
  .record({
    model: fc.constantFrom(...MODELS),
    tenant: fc.option(fc.constantFrom(...TENANTS), { nil: undefined }),
    team: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
    tokens: fc.option(fc.nat(4), { nil: undefined }),
  })
  .map(({ model, tenant, team, tokens }) =>
    request(model, {
      ...(tenant === undefined ? {} : { tenant }),
      ...(team === undefined ? {} : { headers: { "x-team": team } }),
      ...(tokens === undefined ? {} : { tokenEstimate: tokens }),
    }),
  );

test("RTE-2 whatever the rules and the request, the evaluator decides as the brute-force router does", () => {
  const providers = [provider("a", MODELS)];

  fc.assert(
    fc.property(rules, asked, (given, one) => {
      const decision = evaluateRoute(configuration({ providers, rules: given }), one, state());

      expect(decision.rule).toBe(expectedRule(given, one));
    }),
    { numRuns: 2_000 },
  );
});

test("RTE-10 equal input gives an equal decision, and never throws", () => {
  const providers = [provider("a", MODELS), provider("b", ["gpt-4o"], { weight: 3 })];

  fc.assert(
    fc.property(
      rules,
      asked,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (given, one, draw) => {
        const parts = {
          providers,
          rules: given,
          policy: { default_strategy: "weighted" },
        } as const;

        const first = evaluateRoute(configuration(parts), one, state({ draw }));
        const second = evaluateRoute(configuration(parts), one, state({ draw }));

        expect(second).toEqual(first);
      },
    ),
  );
});
