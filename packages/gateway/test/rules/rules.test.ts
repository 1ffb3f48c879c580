import type { BusinessRule, RuleFinding } from "@llmcfg/config";
import type { JsonObject } from "@llmcfg/core";
import { type GatewayConfig, rules } from "@llmcfg/gateway";
import { describe, expect, test } from "vitest";
import {
  documentWithRules,
  gatewayDocument,
  loadDocument,
  providerDocument,
} from "../support/load-document.ts";

const ROUTE = { type: "route_to_provider", provider_id: "openai" };

async function check(
  rule: BusinessRule<GatewayConfig>,
  document: JsonObject,
  now = new Date("2026-11-25T12:00:00Z"),
): Promise<readonly RuleFinding[]> {
  const findings: RuleFinding[] = [];
  const config = await loadDocument(document);
  await rule.check(config, {
    report: (finding) => void findings.push(finding),
    now,
    signal: new AbortController().signal,
  });
  return findings;
}

function withCondition(condition: JsonObject, members: JsonObject = {}): JsonObject {
  return documentWithRules({ id: "r", condition, action: ROUTE, ...members });
}

function name(pattern: string): JsonObject {
  return { type: "model_name", pattern };
}

function balanceWith(model: string): JsonObject {
  return { type: "balance", strategy: "random", fallback_models: [model] };
}

function providerIn(id: string, region: string | null, models: readonly string[]): JsonObject {
  return providerDocument({ id, region, models: models.map((model) => ({ id: model })) });
}

function withTotal(total: string): JsonObject {
  return { timeouts: { request: "30s" }, retry_policy: { total_timeout: total } };
}

describe("BIZ-1 provider_redundancy", () => {
  const one = gatewayDocument({
    providers: [providerDocument(), providerDocument({ id: "off", enabled: false })],
  });

  test("BIZ-1 fewer enabled providers than asked for are an error that names both numbers", async () => {
    const [finding] = await check(rules.providerRedundancy(2), one);

    expect(finding).toMatchObject({
      path: "providers",
      message: "1 of at least 2 providers are enabled",
    });
    expect(finding?.severity ?? "error").toBe("error");
  });

  test("BIZ-1 BOOT-5 the hint says how to relax it", async () => {
    const [finding] = await check(rules.providerRedundancy(), one);

    expect(finding?.hint).toContain("providerRedundancy: { min: 1 }");
  });

  test("BIZ-1 enough are no finding", async () => {
    expect(await check(rules.providerRedundancy(1), one)).toEqual([]);
    expect(await check(rules.providerRedundancy(), gatewayDocument())).toEqual([]);
  });
});

describe("BIZ-2 model_coverage", () => {
  test.each([
    ["an id", "gpt-4o"],
    ["a pattern", "gpt-*"],
    ["an alias", "fast"],
    ["what a wildcard serves", "acme/large"],
    ["a pattern whose names a wildcard serves", "acme/large-*"],
    ["a pattern that reaches into a wildcard", "acm*"],
  ])("BIZ-2 %s is covered: %s", async (_what, pattern) => {
    const models = [{ id: "gpt-4o", aliases: ["fast"] }, { id: "acme/*" }];
    const document = { ...withCondition(name(pattern)), providers: [providerDocument({ models })] };

    expect(await check(rules.modelCoverage(), document)).toEqual([]);
  });

  test("BIZ-2 every miss is reported, each with its rule and pattern", async () => {
    const document = documentWithRules(
      { id: "a", condition: name("claude-*"), action: ROUTE },
      {
        id: "b",
        condition: {
          type: "or",
          conditions: [name("gpt-4o"), { type: "and", conditions: [name("o1")] }],
        },
        action: ROUTE,
      },
    );

    const findings = await check(rules.modelCoverage(), document);

    expect(findings.map(({ path, message }) => [path, message])).toEqual([
      [
        "routing.policy.rules[a].condition.pattern",
        "rule a: pattern claude-* matches no enabled model",
      ],
      [
        "routing.policy.rules[b].condition.conditions[1].conditions[0].pattern",
        "rule b: pattern o1 matches no enabled model",
      ],
    ]);
  });

  test("BIZ-2 under not it is a warning, under two of them an error again", async () => {
    const not = { type: "not", condition: name("o1") };

    const [once] = await check(rules.modelCoverage(), withCondition(not));
    const [twice] = await check(
      rules.modelCoverage(),
      withCondition({ type: "not", condition: not }),
    );

    expect(once?.severity).toBe("warning");
    expect(twice?.severity).toBe("error");
  });

  test("BIZ-2 disabled rules ask for nothing, disabled providers and models give nothing", async () => {
    const off = withCondition(name("o1"), { enabled: false });
    const disabled = providerDocument({ id: "b", enabled: false, models: [{ id: "o1" }] });
    const withoutModel = providerDocument({ models: [{ id: "o1", enabled: false }, { id: "x" }] });
    const document = { ...withCondition(name("o1")), providers: [withoutModel, disabled] };

    expect(await check(rules.modelCoverage(), off)).toEqual([]);
    expect(await check(rules.modelCoverage(), document)).toHaveLength(1);
  });
});

test("BIZ-2 RTE-1 a model that is past its sunset is none that a pattern could match", async () => {
  const models = [
    { id: "gpt-4o" },
    { id: "o1", aliases: ["old"], sunset_at: "2026-06-01T00:00:00Z" },
  ];
  const document = { ...withCondition(name("o*")), providers: [providerDocument({ models })] };
  const of = async (now: string) =>
    (await check(rules.modelCoverage(), document, new Date(now))).map(({ message }) => message);

  expect(await of("2026-05-31T23:59:59Z")).toEqual([]);
  expect(await of("2026-06-01T00:00:00Z")).toEqual(["rule r: pattern o* matches no enabled model"]);
});

describe("BIZ-3 further rules", () => {
  test("BIZ-3 a deployment that is past its sunset is no second region", async () => {
    const ended = [{ id: "m", sunset_at: "2026-06-01T00:00:00Z" }];
    const providers = [
      providerIn("a", "eu", ["m"]),
      providerDocument({ id: "b", region: "us", models: ended }),
    ];
    const of = async (now: string) =>
      (await check(rules.singleRegion(), gatewayDocument({ providers }), new Date(now))).length;

    expect(await of("2026-05-31T23:59:59Z")).toBe(0);
    expect(await of("2026-06-01T00:00:00Z")).toBe(1);
  });

  test("BIZ-3 no_literal_secrets finds a secret that stands in the document", async () => {
    const auth = { type: "api_key", key: "sk-1234" };
    const document = gatewayDocument({
      providers: [providerDocument({ auth }), providerDocument({ id: "b" })],
    });

    const findings = await check(rules.noLiteralSecrets(), document);

    expect(findings.map(({ path }) => path)).toEqual(["providers[0].auth.key"]);
    expect(JSON.stringify(findings)).not.toContain("sk-1234");
  });

  test("BIZ-3 no_literal_secrets finds the default of a variable, of a Redis only with a password", async () => {
    const key = "${env:NOT_SET_HERE:-sk-1234}";
    const auth = { type: "api_key", key };
    const url = "${env:NOT_SET_HERE:-redis://127.0.0.1:6379}";
    const cacheAt = (address: string) => {
      const redis = { url: address, pool_size: 1, connect_timeout: "1s" };
      return { backend: "redis", default_ttl: "1m", max_entries: 10, redis };
    };
    const document = gatewayDocument({
      providers: [providerDocument({ auth }), providerDocument({ id: "b" })],
      routing: { cache: cacheAt(url) },
    });

    const findings = await check(rules.noLiteralSecrets(), document);

    expect(findings).toMatchObject([
      {
        path: "providers[0].auth.key",
        message: "the default of the secret stands in the configuration itself",
      },
    ]);
    const withPassword = "${env:NOT_SET_HERE:-redis://:sk-1234@redis.internal:6379}";
    const more = { ...document, routing: { cache: cacheAt(withPassword) } };
    const paths = (await check(rules.noLiteralSecrets(), more)).map(({ path }) => path);
    expect(paths).toEqual(["providers[0].auth.key", "routing.cache.redis.url"]);
    expect(JSON.stringify(findings)).not.toContain("sk-1234");
  });

  test("BIZ-3 no_plain_http refuses private hosts too, and leaves disabled providers alone", async () => {
    const local = providerDocument({ id: "local", endpoint: "http://llm.internal/v1" });
    const off = providerDocument({ id: "off", endpoint: "http://llm.internal/v1", enabled: false });
    const document = gatewayDocument({ providers: [providerDocument(), local, off] });

    const findings = await check(rules.noPlainHttp(), document);

    expect(findings.map(({ path }) => path)).toEqual(["providers[local].endpoint"]);
  });

  test("BIZ-3 fallback_cycle finds a chain of fallback models that returns, once", async () => {
    const circle = documentWithRules(
      { id: "big", condition: name("gpt-4o"), action: balanceWith("gpt-4o-mini") },
      { id: "mini", condition: name("gpt-4o-mini"), action: balanceWith("gpt-4o") },
    );
    const chain = documentWithRules(
      { id: "big", condition: name("gpt-4o"), action: balanceWith("gpt-4o-mini") },
      { id: "mini", condition: name("gpt-4o-mini"), action: balanceWith("o1") },
    );
    const list = documentWithRules({
      id: "all",
      condition: { type: "always" },
      action: { ...balanceWith("gpt-4o"), fallback_models: ["gpt-4o", "gpt-4o-mini"] },
    });

    const [finding, ...others] = await check(rules.fallbackCycle(), circle);

    expect(finding?.message).toContain("gpt-4o → gpt-4o-mini → gpt-4o");
    expect(others).toEqual([]);
    expect(await check(rules.fallbackCycle(), chain)).toEqual([]);
    expect(await check(rules.fallbackCycle(), list)).toEqual([]);
  });

  test("BIZ-3 fallback_cycle looks at each model once, however many chains lead to it", async () => {
    const names = Array.from({ length: 24 }, (_, i) => `m${i}`);
    const dense = documentWithRules(
      ...names.slice(0, -1).map((model, i) => ({
        id: `r${i}`,
        condition: name(model),
        action: { ...balanceWith("x"), fallback_models: names.slice(i + 1) },
      })),
    );

    expect(await check(rules.fallbackCycle(), dense)).toEqual([]); // its chains are 2²² in number
  });

  test("BIZ-3 single_region warns of a model that lies in one region", async () => {
    const providers = [
      providerIn("a", "eu", ["one", "both", "unknown"]),
      providerIn("b", "eu", ["one"]),
      providerIn("c", "us", ["both"]),
      providerIn("d", null, ["unknown"]),
    ];

    const findings = await check(rules.singleRegion(), gatewayDocument({ providers }));

    expect(findings.map(({ severity, message }) => [severity, message])).toEqual([
      ["warning", "all enabled deployments of one lie in eu"],
    ]);
  });

  test("BIZ-3 retry_exceeds_timeout warns of waits longer than the whole", async () => {
    const waits = { max_retries: 3, initial_backoff: "20s", max_backoff: "40s", factor: 2 };
    const slow = providerDocument({ retry_policy: waits });

    const [finding] = await check(
      rules.retryExceedsTimeout(),
      gatewayDocument({ providers: [slow, providerDocument({ id: "b" })] }),
    );

    expect(finding).toMatchObject({ severity: "warning", path: "providers[openai].retry_policy" });
    expect(finding?.message).toContain("100000ms");
  });

  test("BIZ-3 retry_exceeds_timeout warns of a total with no room for a second request", async () => {
    const count = async (total: string) =>
      (await check(rules.retryExceedsTimeout(), gatewayDocument({ resilience: withTotal(total) })))
        .length;

    expect(await count("59s")).toBe(2);
    expect(await count("60s")).toBe(0);
    expect(await check(rules.retryExceedsTimeout(), gatewayDocument())).toEqual([]);
  });
});
