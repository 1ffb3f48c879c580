import {
  evaluateRoute,
  type ModelConfig,
  type RouteDecision,
  type RoutingRule,
} from "@llmcfg/gateway";
import { describe, expect, test } from "vitest";
import {
  balance,
  type ConfigurationParts,
  configuration,
  filter,
  model,
  provider,
  request,
  routeTo,
  rule,
  state,
} from "../support/configuration.ts";

const ALWAYS = { type: "always" } as const;

/** `provider/model` of each attempt. */
function attemptsOf({ attempts }: RouteDecision): readonly string[] {
  return attempts.map((attempt) => `${attempt.provider}/${attempt.model}`);
}

/** Rules that rewrite `m0` to `m1`, `m1` to `m2` and so on. */
function chain(length: number): readonly RoutingRule[] {
  return Array.from({ length }, (_, i) =>
    rule(`r${i}`, {
      condition: { type: "model_name", pattern: `m${i}` },
      action: { type: "rewrite_model", model: `m${i + 1}` },
    }),
  );
}

function priced(input: string, output: string, currency = "USD"): ModelConfig {
  const others = { cached_input_per_million: null, cache_write_per_million: null, request: null };
  const prices = { input_per_million: input, output_per_million: output };
  return model("gpt", { pricing: { currency, ...prices, ...others } });
}

function route(parts: ConfigurationParts, name = "gpt", given = state()): RouteDecision {
  return evaluateRoute(configuration(parts), request(name), given);
}

describe("RTE-1 the deployments of a name", () => {
  test("RTE-1 are those with the id, else those with the alias, else those of a wildcard", () => {
    const providers = [
      provider("wild", ["*"]),
      provider("alias", [model("other", { aliases: ["gpt"] })]),
      provider("exact", ["gpt"]),
    ];

    expect(attemptsOf(route({ providers }))).toEqual(["exact/gpt"]);
    expect(attemptsOf(route({ providers: providers.slice(0, 2) }))).toEqual(["alias/other"]);
    expect(attemptsOf(route({ providers: providers.slice(0, 1) }))).toEqual(["wild/gpt"]);
  });

  test("RTE-1 of the wildcards that match, the longest counts", () => {
    const providers = [
      provider("all", ["*"]),
      provider("vendor", ["acme/*"]),
      provider("family", ["acme/chat/*"]),
    ];

    expect(attemptsOf(route({ providers }, "acme/chat/large"))).toEqual(["family/acme/chat/large"]);
    expect(attemptsOf(route({ providers }, "acme/embed"))).toEqual(["vendor/acme/embed"]);
    expect(attemptsOf(route({ providers }, "else"))).toEqual(["all/else"]);
  });

  test("RTE-1 a wildcard sends upstream what its * matched, in the place of the upstream *", () => {
    const providers = [
      provider("vendor", [model("acme/*", { upstream_id: "*" })]),
      provider("other", [model("beta/*", { upstream_id: "models/*" })]),
    ];

    expect(route({ providers }, "acme/large").attempts[0]?.upstreamId).toBe("large");
    expect(route({ providers }, "beta/$&").attempts[0]?.upstreamId).toBe("models/$&");
  });

  test("RTE-1 an alias is served under the id and the upstream id of its model", () => {
    const large = model("gpt-4o", { aliases: ["gpt"], upstream_id: "deployment-7" });

    const { attempts } = route({ providers: [provider("azure", [large])] });

    expect(attempts).toEqual([
      { provider: "azure", model: "gpt-4o", upstreamId: "deployment-7", on: [] },
    ]);
  });

  test("RTE-1 what is disabled does not count, so that an alias elsewhere does", () => {
    const alias = provider("b", [model("x", { aliases: ["gpt"] })]);
    const disabledModel = provider("a", [model("gpt", { enabled: false })]);
    const disabledProvider = provider("a", ["gpt"], { enabled: false });

    expect(attemptsOf(route({ providers: [disabledModel, alias] }))).toEqual(["b/x"]);
    expect(attemptsOf(route({ providers: [disabledProvider, alias] }))).toEqual(["b/x"]);
  });

  test("RTE-1 a model ends at its sunset, to the millisecond", () => {
    const providers = [provider("a", [model("gpt", { sunset_at: "2026-11-22T10:00:00Z" })])];
    const before = state({ now: new Date(Date.parse("2026-11-22T10:00:00Z") - 1) });
    const after = state({ now: new Date("2026-11-22T10:00:00Z") });

    expect(route({ providers }, "gpt", before).outcome).toBe("route");
    expect(route({ providers }, "gpt", after).outcome).toBe("no_route");
  });
});

describe("RTE-2 rules", () => {
  const providers = [provider("a", ["gpt", "mini"]), provider("b", ["gpt", "mini"])];

  test("RTE-2 the lowest priority number decides, then the position", () => {
    const rules = [
      rule("second", { condition: ALWAYS, action: routeTo("a") }),
      rule("third", { condition: ALWAYS, action: routeTo("a") }),
      rule("first", { condition: ALWAYS, action: routeTo("b"), priority: 99 }),
    ];

    expect(route({ providers, rules }).rule).toBe("first");
    expect(route({ providers, rules: rules.slice(0, 2) }).rule).toBe("second");
  });

  test("RTE-2 a disabled rule does not decide", () => {
    const rules = [rule("off", { condition: ALWAYS, action: routeTo("b"), enabled: false })];

    expect(route({ providers, rules }).rule).toBeUndefined();
  });

  test("RTE-2 rate_limit is recorded, and matching goes on", () => {
    const limit = {
      requests_per_minute: 1,
      requests_per_hour: null,
      requests_per_day: null,
      burst: null,
    };
    const rules = [
      rule("slow", { condition: ALWAYS, action: { type: "rate_limit", limit, key: "user" } }),
      rule("go", { condition: ALWAYS, action: routeTo("b") }),
    ];

    const decision = route({ providers, rules });

    expect(decision.side).toEqual([{ kind: "rate_limit", rule: "slow" }]);
    expect(decision.rule).toBe("go");
  });

  test("RTE-2 shadow is recorded while its feature is on, and is inert while it is off", () => {
    const action = {
      type: "shadow",
      provider_id: "b",
      model: null,
      percent: 100,
      max_concurrent: 10,
    } as const;
    const rules = [rule("copy", { condition: ALWAYS, action })];

    const on = route({ providers, rules, features: { ab_testing: true } });
    const off = route({ providers, rules });

    expect(on.side).toEqual([{ kind: "shadow", rule: "copy" }]);
    expect(off.side).toEqual([]);
    expect([on, off].map(attemptsOf)).toEqual([
      ["a/gpt", "b/gpt"],
      ["a/gpt", "b/gpt"],
    ]);
  });

  test("RTE-2 rewrite_model starts again with the new name", () => {
    const rules = [
      rule("mini", {
        condition: { type: "model_name", pattern: "mini" },
        action: routeTo("b"),
      }),
      rule("cheap", { condition: ALWAYS, action: { type: "rewrite_model", model: "mini" } }),
    ];

    const decision = route({ providers, rules });

    expect(decision.rule).toBe("mini");
    expect(attemptsOf(decision)).toEqual(["b/mini"]);
  });

  test("RTE-2 a rule that always rewrites is passed over once the name is there", () => {
    const rules = [
      rule("cheap", { condition: ALWAYS, action: { type: "rewrite_model", model: "mini" } }),
    ];

    expect(attemptsOf(route({ providers, rules }))).toEqual(["a/mini", "b/mini"]);
  });

  test("RTE-2 rewrites that lead in a circle end without a route", () => {
    const rules = ["gpt", "mini"].map((name) =>
      rule(`from-${name}`, {
        condition: { type: "model_name", pattern: name },
        action: { type: "rewrite_model", model: name === "gpt" ? "mini" : "gpt" },
      }),
    );

    const decision = route({ providers, rules });

    expect(decision).toMatchObject({ outcome: "no_route", attempts: [], rule: undefined });
    expect(decision.trace.at(-1)).toContain("rewritten more than 10 times");
  });

  test("RTE-2 ten rewrites in a row are followed, eleven are not", () => {
    const serving = [provider("a", ["m10", "m11"])];

    expect(attemptsOf(route({ providers: serving, rules: chain(10) }, "m0"))).toEqual(["a/m10"]);
    expect(route({ providers: serving, rules: chain(11) }, "m0").outcome).toBe("no_route");
  });

  test("RTE-2 reject ends it with its status and reason", () => {
    const rules = [
      rule("no", {
        condition: ALWAYS,
        action: { type: "reject", status: 451, reason: "not in this country" },
      }),
    ];

    expect(route({ providers, rules })).toMatchObject({
      outcome: "reject",
      attempts: [],
      rule: "no",
      reject: { status: 451, reason: "not in this country" },
    });
  });
});

describe("RTE-3 without a rule", () => {
  test("RTE-3 the default strategy balances over what passes the default filter", () => {
    const providers = ["a", "b", "c"].map((id) => provider(id, ["gpt"]));
    const policy = { default_provider_filter: filter({ ignore: ["b"] }) };

    const decision = route({ providers, policy });

    expect(attemptsOf(decision)).toEqual(["a/gpt", "c/gpt"]);
    expect(decision.rule).toBeUndefined();
  });

  test("RTE-3 a name that nobody serves has no route", () => {
    const decision = route({ providers: [provider("a", ["gpt"])] }, "none");

    expect(decision).toMatchObject({ outcome: "no_route", attempts: [] });
    expect(decision.trace).toContain("no deployment serves none");
  });
});

describe("RTE-4 filters", () => {
  const providers = [
    provider("us", [priced("2.5", "10")], { region: "us", tags: { tier: "gold", team: "a" } }),
    provider("eu", [priced("3", "12")], {
      region: "eu",
      tags: { tier: "gold" },
      data_policy: { allow_training: false, zero_retention: true, regions: ["eu"] },
    }),
    provider("own", [model("gpt", { capabilities: ["streaming", "vision"] })]),
    provider("euro", [priced("1", "1", "EUR")]),
  ];
  const pass = (members: Parameters<typeof filter>[0]) => {
    const action = balance({ filter: filter(members) });
    const { attempts } = route({ providers, rules: [rule("r", { condition: ALWAYS, action })] });
    return attempts.map((attempt) => attempt.provider);
  };

  test.each([
    ["nothing lets all pass", {}, ["us", "eu", "own", "euro"]],
    ["only", { only: ["eu", "own"] }, ["eu", "own"]],
    ["ignore", { ignore: ["us", "euro"] }, ["eu", "own"]],
    ["regions leaves out what has none", { regions: ["eu", "us"] }, ["us", "eu"]],
    ["all tags have to be equal", { tags: { tier: "gold", team: "a" } }, ["us"]],
    ["all capabilities", { capabilities: ["streaming", "vision"] as const }, ["own"]],
    ["zdr takes no unknown for a yes", { zdr: true }, ["eu"]],
    ["zdr: false asks for nothing", { zdr: false }, ["us", "eu", "own", "euro"]],
    [
      "a price filter leaves out what has no price in dollars",
      { max_price: { input_per_million: "3", output_per_million: null } },
      ["us", "eu"],
    ],
    [
      "a price filter looks at both prices",
      { max_price: { input_per_million: "3", output_per_million: "11.99" } },
      ["us"],
    ],
    ["members combine with and", { tags: { tier: "gold" }, zdr: true }, ["eu"]],
  ])("RTE-4 %s", (_name, members, expected) => {
    expect(pass(members as Parameters<typeof filter>[0])).toEqual(expected);
  });

  test("RTE-4 the default filter and that of a rule both apply", () => {
    const action = balance({ filter: filter({ ignore: ["us"] }) });
    const policy = { default_provider_filter: filter({ regions: ["us", "eu"] }) };

    const decision = route({
      providers,
      policy: { ...policy, rules: [rule("r", { condition: ALWAYS, action })] },
    });

    expect(attemptsOf(decision)).toEqual(["eu/gpt"]);
  });
});

describe("RTE-5 tiers", () => {
  const providers = [
    provider("third", ["gpt"], { priority: 2 }),
    provider("first", ["gpt"], { priority: 0 }),
    provider("second", ["gpt"], { priority: 1 }),
  ];

  test("RTE-5 the lowest number is first, the next tiers follow as failover", () => {
    expect(attemptsOf(route({ providers }))).toEqual(["first/gpt", "second/gpt", "third/gpt"]);
  });

  test("RTE-5 a tier in which nothing is healthy is passed over", () => {
    const decision = route({ providers }, "gpt", state({ down: ["first/gpt"] }));

    expect(attemptsOf(decision)).toEqual(["second/gpt", "third/gpt"]);
    expect(decision.attempts[0]?.on).toEqual([]);
    expect(decision.trace).toContain("first/gpt excluded: down");
  });

  test("RTE-5 a weight of 0 gets no requests", () => {
    const drained = providers.map((one) => (one.id === "first" ? { ...one, weight: 0 } : one));
    const named = [rule("r", { condition: ALWAYS, action: routeTo("first") })];

    expect(attemptsOf(route({ providers: drained }))).toEqual(["second/gpt", "third/gpt"]);
    expect(route({ providers: drained, rules: named }).outcome).toBe("no_route");
  });

  test("RTE-5 model values take the place of provider values", () => {
    const given = [
      provider("a", [model("gpt", { priority: 5 })]),
      provider("b", ["gpt"], { priority: 1 }),
      provider("c", [model("gpt", { weight: 0 })]),
    ];

    expect(attemptsOf(route({ providers: given }))).toEqual(["b/gpt", "a/gpt"]);
  });

  test("RTE-5 probing deployments get requests", () => {
    const probing = { ...state(), health: () => "probing" as const };

    expect(route({ providers }, "gpt", probing).outcome).toBe("route");
  });
});

describe("RTE-6 fallbacks", () => {
  const providers = [
    provider("a", ["gpt", "mini"]),
    provider("b", ["gpt", "mini"]),
    provider("c", ["mini", "nano"]),
  ];
  const decide = (action: ReturnType<typeof routeTo>, given = state()) =>
    route({ providers, rules: [rule("r", { condition: ALWAYS, action })] }, "gpt", given);

  test("RTE-6 providers in order with the same model, then models in order", () => {
    const action = routeTo("b", { fallbacks: ["a"], fallback_models: ["nano", "mini"] });

    expect(attemptsOf(decide(action))).toEqual([
      "b/gpt",
      "a/gpt",
      "c/nano",
      "a/mini",
      "b/mini",
      "c/mini",
    ]);
  });

  test("RTE-6 each deployment is tried once", () => {
    const action = routeTo("b", { fallbacks: ["a"], fallback_models: ["gpt"] });

    expect(attemptsOf(decide(action))).toEqual(["b/gpt", "a/gpt"]);
  });

  test("RTE-6 at most max_fallbacks follow the first", () => {
    const many = { fallbacks: ["a"], fallback_models: ["mini", "nano"] };

    expect(attemptsOf(decide(routeTo("b", { ...many, max_fallbacks: 2 })))).toEqual([
      "b/gpt",
      "a/gpt",
      "a/mini",
    ]);
    expect(attemptsOf(decide(routeTo("b", { ...many, max_fallbacks: 0 })))).toEqual(["b/gpt"]);
  });

  test("RTE-6 each attempt names its causes; an entry may name its own", () => {
    const action = routeTo("b", {
      fallbacks: ["a"],
      fallback_models: [{ model: "nano", on: ["context_window"] }],
      fallback_on: ["timeout"],
    });

    expect(decide(action).attempts.map(({ on }) => on)).toEqual([
      [],
      ["timeout"],
      ["context_window"],
    ]);
  });

  test("RTE-6 a choice that is down counts as unavailable, which error covers", () => {
    const down = state({ down: ["b/gpt"] });

    const covered = decide(routeTo("b", { fallbacks: ["a"] }), down);
    const uncovered = decide(routeTo("b", { fallbacks: ["a"], fallback_on: ["timeout"] }), down);

    expect(covered.attempts).toEqual([{ provider: "a", model: "gpt", upstreamId: "gpt", on: [] }]);
    expect(uncovered).toMatchObject({ outcome: "no_route", attempts: [] });
  });

  test("RTE-6 the fallback that is meant for it goes first, and the others stay behind it", () => {
    const action = routeTo("b", {
      fallbacks: ["a"],
      fallback_on: ["timeout"],
      fallback_models: [{ model: "nano", on: ["unavailable"] }],
    });

    const { attempts } = decide(action, state({ down: ["b/gpt"] }));

    expect(attempts.map(({ model: name, on }) => [name, on])).toEqual([
      ["nano", []],
      ["gpt", ["timeout"]],
    ]);
  });

  test("RTE-6 fallback models are routed without rules", () => {
    const rules = [
      rule("gpt", {
        condition: { type: "model_name", pattern: "gpt" },
        action: routeTo("a", { fallback_models: ["nano"] }),
      }),
      rule("nano", {
        condition: { type: "model_name", pattern: "nano" },
        action: { type: "reject", status: 403, reason: "no" },
      }),
    ];

    expect(attemptsOf(route({ providers, rules }))).toEqual(["a/gpt", "c/nano"]);
  });

  test("RTE-6 what a rule filters out does not come back by a fallback model", () => {
    const action = balance({ filter: filter({ ignore: ["a"] }), fallback_models: ["mini"] });

    const decision = route({ providers, rules: [rule("r", { condition: ALWAYS, action })] });

    expect(attemptsOf(decision)).toEqual(["b/gpt", "b/mini", "c/mini"]);
  });

  test("RTE-6 an action that names a model asks for that one", () => {
    expect(attemptsOf(decide(routeTo("c", { model: "nano" })))).toEqual(["c/nano"]);
  });
});

describe("RTE-7 without failover", () => {
  const providers = [
    provider("a", ["gpt", "mini"], { priority: 1 }),
    provider("b", ["gpt"], { priority: 0 }),
  ];
  const routing = { enable_failover: false };

  test("RTE-7 there is one attempt, in the first tier", () => {
    expect(attemptsOf(route({ providers, routing }))).toEqual(["b/gpt"]);
  });

  test("RTE-7 another tier does not step in, nor does a fallback", () => {
    const down = state({ down: ["b/gpt"] });
    const action = routeTo("b", { fallbacks: ["a"], fallback_models: ["mini"] });
    const rules = [rule("r", { condition: ALWAYS, action })];

    const decisions = [
      route({ providers, routing }, "gpt", down),
      route({ providers, routing, rules }, "gpt", down),
    ];

    expect(decisions.map(({ outcome }) => outcome)).toEqual(["no_route", "no_route"]);
  });
});

describe("RTE-8 the last deployment", () => {
  const down = state({ down: ["a/gpt", "b/gpt"] });

  test("RTE-8 stays, however it does, unless keep_last_provider is off", () => {
    const providers = [provider("a", ["gpt"])];

    expect(attemptsOf(route({ providers }, "gpt", down))).toEqual(["a/gpt"]);
    expect(route({ providers, keepLast: false }, "gpt", down).outcome).toBe("no_route");
  });

  test("RTE-8 a provider may say otherwise for itself", () => {
    const own = provider("a", ["gpt"], { circuit_breaker: { keep_last_provider: false } });

    expect(route({ providers: [own] }, "gpt", down).outcome).toBe("no_route");
  });

  test("RTE-8 of two that are down, neither is the last", () => {
    const providers = [provider("a", ["gpt"]), provider("b", ["gpt"])];

    expect(route({ providers }, "gpt", down).outcome).toBe("no_route");
  });

  test("RTE-8 one beside a disabled or drained one is the last", () => {
    const disabled = provider("b", ["gpt"], { enabled: false });
    const drained = provider("b", ["gpt"], { weight: 0 });

    for (const other of [disabled, drained]) {
      const decision = route({ providers: [provider("a", ["gpt"]), other] }, "gpt", down);
      expect(attemptsOf(decision)).toEqual(["a/gpt"]);
    }
  });
});

describe("RTE-9 split", () => {
  const providers = ["a", "b", "c"].map((id) => provider(id, ["gpt"]));
  const split = (sticky_key: string | null) =>
    configuration({
      providers,
      rules: [
        rule("canary", {
          condition: ALWAYS,
          action: {
            type: "split",
            targets: [
              { provider_id: "a", model: null, weight: 20 },
              { provider_id: "b", model: null, weight: 80 },
              { provider_id: "c", model: null, weight: 0 },
            ],
            sticky_key,
          },
        }),
      ],
    });

  // SHA-256("canary:req-1") falls at 23.4629 of 100, "canary:req-2" at 9.7169.
  test.each([
    ["req-1", ["b", "a"]],
    ["req-2", ["a", "b"]],
  ])("RTE-9 a sticky split goes by the hash: %s", (requestId, expected) => {
    const decision = evaluateRoute(split("request_id"), request("gpt", { requestId }), state());

    expect(decision.attempts.map((attempt) => attempt.provider)).toEqual(expected);
  });

  test("RTE-9 it can stick to a header", () => {
    const headers = { "X-Session": "req-1" };

    const decision = evaluateRoute(split("x-session"), request("gpt", { headers }), state());

    expect(decision.attempts[0]?.provider).toBe("b");
  });

  test("RTE-9 without the sticky value, and without a sticky key, the draw decides", () => {
    const choices = ([[0.19], [0.21], [0.19, "user"], [0.21, "user"]] as const).map(([draw, key]) =>
      evaluateRoute(split(key ?? null), request("gpt"), state({ draw })),
    );

    expect(choices.map(({ attempts }) => attempts[0]?.provider)).toEqual(["a", "b", "a", "b"]);
  });

  test("RTE-5 RTE-9 a target that is down leaves its share to the others", () => {
    const decision = evaluateRoute(split(null), request("gpt"), state({ down: ["a/gpt"] }));

    expect(attemptsOf(decision)).toEqual(["b/gpt"]);
  });
});

describe("RTE-10 the trace", () => {
  test("RTE-10 says which rules did not hold and why, what was excluded and why, and the version", () => {
    const providers = [
      provider("a", ["gpt"]),
      provider("b", ["gpt"], { weight: 0 }),
      provider("c", ["gpt"]),
    ];
    const rules = [
      rule("vip", {
        condition: {
          type: "and",
          conditions: [
            { type: "tenant", ids: ["acme"] },
            { type: "header", name: "X-Key", op: "eq", value: "s3cret" },
          ],
        },
        action: routeTo("a"),
      }),
      rule("claude", {
        condition: { type: "model_name", pattern: "claude-*" },
        action: routeTo("a"),
      }),
    ];

    const { trace, excluded } = evaluateRoute(
      configuration({ providers, rules }),
      request("gpt", { tenant: "acme" }),
      state({ configVersion: 7, down: ["c/gpt"] }),
    );

    expect(trace).toEqual([
      "configuration version 7 (1.0.0)",
      "rule vip: header X-Key is not eq the given value",
      "rule claude: the model is not claude-*",
      "no rule decides about gpt",
      "b/gpt excluded: drained",
      "c/gpt excluded: down",
      "priority chose a/gpt of 1",
    ]);
    expect(excluded).toEqual([
      { provider: "b", model: "gpt", why: "drained" },
      { provider: "c", model: "gpt", why: "down" },
    ]);
  });
});
