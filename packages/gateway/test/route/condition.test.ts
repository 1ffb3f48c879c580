import {
  evaluateRoute,
  type Percentage,
  type RouteRequest,
  type RuleCondition,
} from "@llmcfg/gateway";
import { describe, expect, test } from "vitest";
import {
  configuration,
  provider,
  request,
  routeTo,
  rule,
  type StateParts,
  state,
} from "../support/configuration.ts";

const providers = [provider("a", ["gpt"])];

/** Whether a rule with the condition decides. */
function holds(
  condition: RuleCondition,
  members: Partial<RouteRequest> = {},
  given: StateParts = {},
): boolean {
  const config = configuration({
    providers,
    rules: [rule("r", { condition, action: routeTo("a") })],
  });
  const { model = "gpt" } = members;
  return evaluateRoute(config, request(model, members), state(given)).rule === "r";
}

function percentage(percent: number, key: Percentage["key"], salt = "canary"): Percentage {
  return { type: "percentage", percent, key, salt };
}

describe("RTE-2 conditions", () => {
  test("RTE-2 always holds", () => {
    expect(holds({ type: "always" })).toBe(true);
  });

  test.each([
    ["gpt-4o", "gpt-4o", true],
    ["gpt-4o", "gpt-4o-mini", false],
    ["gpt-*", "gpt-4o", true],
    ["gpt-*", "GPT-4o", false],
    ["*", "acme/large", true],
    ["acme/*", "acme/eu/large", true],
    ["*-mini", "gpt-4o-mini", true],
    ["gpt-?o", "gpt-4o", true],
    ["gpt-?o", "gpt-44o", false],
    ["gpt-[3-4]*", "gpt-4o", true],
    ["gpt-[!3-4]*", "gpt-4o", false],
    ["{gpt,claude}-*", "claude-5", true],
    ["a\\*", "a*", true],
    ["a\\*", "ab", false],
  ])("RTE-2 model pattern %s against %s: %s", (pattern, model, expected) => {
    expect(holds({ type: "model_name", pattern }, { model })).toBe(expected);
  });

  test.each([
    ["/v1/*", "/v1/models", true],
    ["/v1/*", "/v1/chat/completions", false],
    ["/v1/**", "/v1/chat/completions", true],
    ["/v1/models", undefined, false],
  ])("RTE-2 path pattern %s against %s: %s", (pattern, path, expected) => {
    expect(holds({ type: "path", pattern }, path === undefined ? {} : { path })).toBe(expected);
  });

  test.each([
    ["tenant", { tenant: "acme" }, { tenant: "acme-eu" }],
    ["user", { user: "acme" }, { tenant: "acme" }],
    ["api_key", { apiKeyId: "acme" }, { user: "acme" }],
  ] as const)("RTE-2 %s is an exact member", (type, member, other) => {
    const condition = { type, ids: ["other", "acme"] } as const;

    expect(holds(condition, member)).toBe(true);
    expect(holds(condition, other)).toBe(false);
    expect(holds(condition)).toBe(false);
  });

  test("RTE-2 the name of a header is compared without its case, its value with it", () => {
    const condition = { type: "header", name: "X-Team", op: "eq", value: "Red" } as const;

    expect(holds(condition, { headers: { "x-team": "Red" } })).toBe(true);
    expect(holds(condition, { headers: { "X-TEAM": "Red" } })).toBe(true);
    expect(holds(condition, { headers: { "x-team": "red" } })).toBe(false);
  });

  test("RTE-2 a header that only the prototype has is not there", () => {
    const condition = { type: "header", name: "constructor", op: "ne", value: "x" } as const;

    expect(holds(condition, { headers: {} })).toBe(true);
    expect(holds({ ...condition, op: "prefix", value: "" }, { headers: {} })).toBe(false);
  });

  test("RTE-2 method", () => {
    expect(holds({ type: "method", method: "POST" }, { method: "POST" })).toBe(true);
    expect(holds({ type: "method", method: "POST" }, { method: "GET" })).toBe(false);
  });

  test("RTE-2 metadata and param are found by a dotted key", () => {
    const metadata = { plan: { tier: "gold", seats: 12 } };

    expect(
      holds({ type: "metadata", key: "plan.tier", op: "eq", value: "gold" }, { metadata }),
    ).toBe(true);
    expect(
      holds({ type: "param", key: "plan.seats", op: "gte", value: 12 }, { params: metadata }),
    ).toBe(true);
    expect(
      holds({ type: "metadata", key: "plan.tier.x", op: "eq", value: "gold" }, { metadata }),
    ).toBe(false);
  });

  test("RTE-2 capability needs all of them", () => {
    const condition = { type: "capability", all: ["vision", "tools"] } as const;

    expect(holds(condition, { needs: ["tools", "streaming", "vision"] })).toBe(true);
    expect(holds(condition, { needs: ["tools"] })).toBe(false);
    expect(holds(condition)).toBe(false);
  });

  test("RTE-2 tag asks for presence, and for equality if a value is given", () => {
    expect(holds({ type: "tag", key: "beta", value: null }, { tags: { beta: "" } })).toBe(true);
    expect(holds({ type: "tag", key: "beta", value: null }, { tags: {} })).toBe(false);
    expect(holds({ type: "tag", key: "beta", value: "on" }, { tags: { beta: "on" } })).toBe(true);
    expect(holds({ type: "tag", key: "beta", value: "on" }, { tags: { beta: "off" } })).toBe(false);
  });

  test("RTE-2 estimates", () => {
    const tokens = { type: "token_estimate", op: "gt", value: 1_000 } as const;
    const cost = { type: "cost_estimate", op: "lte", value: 0.5 } as const;

    expect(holds(tokens, { tokenEstimate: 1_001 })).toBe(true);
    expect(holds(tokens, { tokenEstimate: 1_000 })).toBe(false);
    expect(holds(tokens)).toBe(false);
    expect(holds(cost, { costEstimate: 0.5 })).toBe(true);
  });

  test("RTE-2 and, or, not", () => {
    const yes = { type: "always" } as const;
    const no = { type: "not", condition: yes } as const;

    expect(holds({ type: "and", conditions: [yes, yes] })).toBe(true);
    expect(holds({ type: "and", conditions: [yes, no] })).toBe(false);
    expect(holds({ type: "or", conditions: [no, yes] })).toBe(true);
    expect(holds({ type: "or", conditions: [no, no] })).toBe(false);
    expect(holds(no)).toBe(false);
  });

  test("a pattern that does not compile never holds, and the others still do", () => {
    expect(holds({ type: "model_name", pattern: "[gpt" })).toBe(false);
  });
});

describe("RTE-2 operators", () => {
  // [op, operand, a value that passes, a value that does not]
  test.each([
    ["eq", "a", "a", "b"],
    ["eq", { x: [1, 2], y: null }, { y: null, x: [1, 2] }, { x: [2, 1], y: null }],
    ["ne", "a", "b", "a"],
    ["gt", 5, 6, 5],
    ["gte", 5, 5, 4],
    ["lt", 5, 4, 5],
    ["lte", 5, 5, 6],
    ["gt", 5, "5.5", "five"],
    ["in", ["a", "b"], "b", "c"],
    ["nin", ["a", "b"], "c", "b"],
    ["prefix", "gpt", "gpt-4", "a-gpt"],
    ["glob", "g*4", "gpt-4", "gpt-4o"],
    ["regex", "pt-[0-9]", "gpt-4o", "gpt-x"],
    ["regex", "^gpt$", "gpt", "gpt-4"],
  ] as const)("RTE-2 %s %j", (op, value, passes, fails) => {
    const condition = { type: "metadata", key: "k", op, value } as const;

    expect(holds(condition, { metadata: { k: passes } })).toBe(true);
    expect(holds(condition, { metadata: { k: fails } })).toBe(false);
  });

  test.each([
    ["eq", "a", false],
    ["ne", "a", true],
    ["gt", 0, false],
    ["gte", 0, false],
    ["lt", 0, false],
    ["lte", 0, false],
    ["in", ["a"], false],
    ["nin", ["a"], true],
    ["prefix", "", false],
    ["glob", "*", false],
    ["regex", "", false],
  ] as const)("RTE-2 a missing key makes %s %j %s", (op, value, expected) => {
    expect(holds({ type: "metadata", key: "k", op, value })).toBe(expected);
    expect(holds({ type: "header", name: "k", op, value })).toBe(expected);
    expect(holds({ type: "param", key: "k", op, value }, { params: {} })).toBe(expected);
  });

  test("RTE-2 a number is equal to its text in a header, which has nothing else", () => {
    const headers = { "x-seats": "12" };

    expect(holds({ type: "header", name: "x-seats", op: "eq", value: 12 }, { headers })).toBe(true);
    expect(holds({ type: "header", name: "x-seats", op: "lt", value: 100 }, { headers })).toBe(
      true,
    );
  });
});

describe("RTE-2 time windows", () => {
  const work = {
    type: "time_window",
    start: "09:00",
    end: "17:00",
    timezone: "Europe/Berlin",
    days: ["mon", "tue", "wed", "thu", "fri"],
  } as const;
  const night = { ...work, start: "22:00", end: "06:00", days: ["fri"] } as const;

  // 2026-11-20 is a Friday; Berlin is at +01:00.
  test.each([
    ["before it starts", work, "2026-11-20T07:59:59Z", false],
    ["as it starts", work, "2026-11-20T08:00:00Z", true],
    ["before it ends", work, "2026-11-20T15:59:59Z", true],
    ["as it ends", work, "2026-11-20T16:00:00Z", false],
    ["on a Saturday", work, "2026-11-21T10:00:00Z", false],
    ["in summer, an hour earlier in UTC", work, "2026-07-17T07:00:00Z", true],
    ["past midnight, before it starts", night, "2026-11-20T20:59:59Z", false],
    ["past midnight, on the day it starts", night, "2026-11-20T21:00:00Z", true],
    ["past midnight, on the day after", night, "2026-11-21T04:59:59Z", true],
    ["past midnight, as it ends", night, "2026-11-21T05:00:00Z", false],
    ["in the morning of the day it starts", night, "2026-11-20T03:00:00Z", false],
    ["in the evening of the day after", night, "2026-11-21T22:00:00Z", false],
  ])("RTE-2 %s", (_name, window, instant, expected) => {
    expect(holds(window, {}, { now: new Date(instant) })).toBe(expected);
  });

  test("RTE-2 a window past midnight on Sunday reaches into Monday", () => {
    const sunday = { ...night, days: ["sun"] } as const;

    expect(holds(sunday, {}, { now: new Date("2026-11-23T02:00:00Z") })).toBe(true);
  });
});

describe("RTE-9 percentage", () => {
  // Computed with Python's hashlib: SHA-256("canary:req-1") → 23.4629, "canary:acme" → 81.1843.
  test.each([
    [23.4629, "request_id", { requestId: "req-1" }, false],
    [23.463, "request_id", { requestId: "req-1" }, true],
    [81.1843, "tenant", { tenant: "acme" }, false],
    [81.1844, "tenant", { tenant: "acme" }, true],
    [81.1844, "user", { user: "acme" }, true],
  ] as const)("RTE-9 below %f of %s", (percent, key, members, expected) => {
    expect(holds(percentage(percent, key), members)).toBe(expected);
  });

  test("RTE-9 0 is nobody, 100 is everybody who can be told apart", () => {
    expect(holds(percentage(0, "request_id", "any"), { requestId: "x" })).toBe(false);
    expect(holds(percentage(100, "request_id", "any"), { requestId: "x" })).toBe(true);
    expect(holds(percentage(100, "user"))).toBe(false);
  });
});
