import type { Json, JsonObject } from "@llmcfg/core";
import { describe, expect, test } from "vitest";
import { documentWithRules, faultsOf, loadDocument } from "../support/load-document.ts";

const REJECT = { type: "reject", reason: "no" };
const ALWAYS = { type: "always" };

async function conditionFaults(condition: Json): Promise<readonly string[]> {
  return await faultsOf(documentWithRules({ id: "r", condition, action: REJECT }));
}

async function actionFaults(action: JsonObject): Promise<readonly string[]> {
  return await faultsOf(documentWithRules({ id: "r", condition: ALWAYS, action }));
}

/** Conditions nested in one another, `depth` of them in all. */
function nested(depth: number): JsonObject {
  return depth === 1 ? ALWAYS : { type: "not", condition: nested(depth - 1) };
}

function anyOf(count: number): JsonObject {
  return { type: "or", conditions: Array.from({ length: count }, () => ALWAYS) };
}

function rulesForTenants(count: number): readonly JsonObject[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `r${i}`,
    condition: { type: "tenant", ids: [`t${i}`] },
    action: REJECT,
  }));
}

describe("§4.7 conditions", () => {
  test.each<JsonObject>([
    { type: "model_name", pattern: "{gpt,claude}-[a-z0-9]*" },
    { type: "header", name: "X-Team", op: "in", value: ["a", "b"] },
    { type: "metadata", key: "a.b", op: "eq", value: { c: [1, null] } },
    { type: "param", key: "temperature", op: "gte", value: 0.5 },
    { type: "param", key: "model", op: "regex", value: "^gpt-[0-9]+(o|\\.5)?$" },
    { type: "token_estimate", op: "in", value: [1, 2] },
    { type: "capability", all: ["vision"] },
    { type: "tag", key: "beta" },
    { type: "time_window", start: "22:00", end: "06:00", timezone: "Europe/Berlin" },
    { type: "percentage", percent: 0.5, key: "tenant", salt: "s" },
    { type: "and", conditions: [{ type: "or", conditions: [ALWAYS] }] },
  ])("$type is accepted: %j", async (condition) => {
    expect(await conditionFaults(condition)).toEqual([]);
  });

  test.each<readonly [what: string, condition: JsonObject, at: string]>([
    ["an unknown type", { type: "modelname", pattern: "x" }, ".type"],
    ["a pattern that is not closed", { type: "model_name", pattern: "[gpt" }, ".pattern"],
    ["a path pattern that is not closed", { type: "path", pattern: "/v1/{a" }, ".pattern"],
    ["nobody", { type: "tenant", ids: [] }, ".ids"],
    ["a header without a name", { type: "header", name: "x y", op: "eq", value: "a" }, ".name"],
    ["an unknown operator", { type: "header", name: "x", op: "is", value: "a" }, ".op"],
    ["a missing value", { type: "header", name: "x", op: "eq" }, ".value"],
    ["in without a list", { type: "header", name: "x", op: "in", value: "a" }, ".value"],
    ["eq with a list", { type: "param", key: "x", op: "eq", value: ["a"] }, ".value"],
    ["gt with a text", { type: "param", key: "x", op: "gt", value: "5" }, ".value"],
    ["prefix with a number", { type: "param", key: "x", op: "prefix", value: 5 }, ".value"],
    ["a glob that is not closed", { type: "param", key: "x", op: "glob", value: "{a" }, ".value"],
    ["look-around", { type: "param", key: "x", op: "regex", value: "a(?=b)" }, ".value"],
    ["a back-reference", { type: "param", key: "x", op: "regex", value: "(a)\\1" }, ".value"],
    [
      "a long expression",
      { type: "param", key: "x", op: "regex", value: "a".repeat(513) },
      ".value",
    ],
    ["less than nothing", { type: "cost_estimate", op: "gt", value: -1 }, ".value"],
    ["a method in small letters", { type: "method", method: "post" }, ".method"],
    ["no capability", { type: "capability", all: [] }, ".all"],
    [
      "a window without length",
      { type: "time_window", start: "09:00", end: "09:00", timezone: "UTC" },
      ".end",
    ],
    [
      "a time that is none",
      { type: "time_window", start: "24:00", end: "09:00", timezone: "UTC" },
      ".start",
    ],
    [
      "a zone that is none",
      { type: "time_window", start: "08:00", end: "09:00", timezone: "Europe/Atlantis" },
      ".timezone",
    ],
    [
      "an offset as zone",
      { type: "time_window", start: "08:00", end: "09:00", timezone: "+02:00" },
      ".timezone",
    ],
    ["more than all", { type: "percentage", percent: 101, key: "user" }, ".percent"],
    ["a key that does not stick", { type: "percentage", percent: 1, key: "model" }, ".key"],
    ["and of nothing", { type: "and", conditions: [] }, ".conditions"],
    ["not of nothing", { type: "not" }, ".condition"],
  ])("%s is refused", async (_what, condition, at) => {
    const faults = await conditionFaults(condition);

    expect(faults).toEqual([
      expect.stringMatching(/^error \S+ routing\.policy\.rules\[r\]\.condition/),
    ]);
    expect(faults[0]).toContain(`condition${at}`);
  });

  test("conditions nest 8 deep, and no deeper", async () => {
    expect(await conditionFaults(nested(8))).toEqual([]);
    expect(await conditionFaults(nested(9))).toEqual([
      expect.stringContaining("rules[r].condition"),
    ]);
  });

  test("a rule has 128 conditions, and no more", async () => {
    expect(await conditionFaults(anyOf(127))).toEqual([]);
    expect(await conditionFaults(anyOf(128))).toEqual([
      expect.stringContaining("rules[r].condition"),
    ]);
  });

  test.each<readonly [count: number, faults: readonly unknown[]]>([
    [1_000, []],
    [1_001, [expect.stringContaining("routing.policy.rules")]],
  ])("rules are 1,000, and no more: %i", async (count, faults) => {
    expect(await faultsOf(documentWithRules(...rulesForTenants(count)))).toEqual(faults);
  });
});

describe("§4.7 actions", () => {
  test("each action has the defaults of its table", async () => {
    const actions: readonly JsonObject[] = [
      { type: "route_to_provider", provider_id: "openai" },
      { type: "balance", strategy: "weighted" },
      { type: "shadow", provider_id: "openai", percent: 1 },
      REJECT,
    ];
    const rules = actions.map((action, i) => ({
      id: `r${i}`,
      condition: { type: "tenant", ids: [`t${i}`] },
      action,
    }));

    const { routing } = await loadDocument(documentWithRules(...rules));

    const fallbacks = {
      fallback_models: [],
      fallback_on: ["error", "timeout", "rate_limited"],
      max_fallbacks: 5,
    };
    expect(routing.policy.rules.map(({ action }) => action)).toEqual([
      {
        type: "route_to_provider",
        provider_id: "openai",
        model: null,
        fallbacks: [],
        ...fallbacks,
      },
      { type: "balance", strategy: "weighted", filter: null, ...fallbacks },
      { type: "shadow", provider_id: "openai", model: null, percent: 1, max_concurrent: 10 },
      { type: "reject", reason: "no", status: 403 },
    ]);
    expect(routing.policy.rules[0]).toMatchObject({
      enabled: true,
      priority: 100,
      description: null,
    });
  });

  test.each<readonly [what: string, rule: JsonObject]>([
    [
      "route_to_provider",
      { action: { type: "route_to_provider", provider_id: "openai", model: null } },
    ],
    ["shadow", { action: { type: "shadow", provider_id: "openai", percent: 1, model: null } }],
    [
      "split",
      {
        action: {
          type: "split",
          targets: [{ provider_id: "openai", weight: 1, model: null }],
          sticky_key: null,
        },
      },
    ],
    ["tag", { condition: { type: "tag", key: "beta", value: null }, action: REJECT }],
  ])("CFG-2 null is what nobody gave: %s", async (_what, given) => {
    const document = documentWithRules({ id: "r", condition: ALWAYS, ...given });

    expect((await faultsOf(document)).filter((fault) => fault.startsWith("error"))).toEqual([]);
  });

  test.each<readonly [what: string, action: JsonObject, at: string]>([
    ["21 fallbacks", { type: "balance", strategy: "random", max_fallbacks: 21 }, ".max_fallbacks"],
    [
      "a cause that is none",
      { type: "balance", strategy: "random", fallback_on: ["rain"] },
      ".fallback_on",
    ],
    ["a split of nothing", { type: "split", targets: [] }, ".targets"],
    [
      "a weight below nothing",
      { type: "split", targets: [{ provider_id: "openai", weight: -1 }] },
      ".targets",
    ],
    ["a status that is no refusal", { type: "reject", status: 500, reason: "no" }, ".status"],
    ["a refusal without reason", { type: "reject" }, ".reason"],
    ["a rewrite to nothing", { type: "rewrite_model" }, ".model"],
    [
      "a limit of nothing",
      { type: "rate_limit", key: "user", limit: { requests_per_minute: 0 } },
      ".limit",
    ],
    ["a shadow of nothing", { type: "shadow", provider_id: "openai" }, ".percent"],
  ])("%s is refused", async (_what, action, at) => {
    const faults = (await actionFaults(action)).filter((fault) => fault.startsWith("error"));

    expect(faults).toEqual([expect.stringContaining(`rules[r].action${at}`)]);
  });

  test("a fallback model is a name, or a name with its causes", async () => {
    const fallback_models = ["mini", { model: "long", on: ["context_window"] }];
    const action = { type: "balance", strategy: "random", fallback_models };

    const { routing } = await loadDocument(
      documentWithRules({ id: "r", condition: ALWAYS, action }),
    );

    expect(routing.policy.rules[0]?.action).toMatchObject({ fallback_models });
  });
});
