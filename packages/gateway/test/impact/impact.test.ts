import { ConfigLoader, ConfigValidator, planChange } from "@llmcfg/config";
import type { JsonObject } from "@llmcfg/core";
import { gatewaySchema } from "@llmcfg/gateway";
import { describe, expect, test } from "vitest";
import {
  documentWithRules,
  gatewayDocument,
  loadDocument,
  providerDocument,
  QUIET_SECURITY,
  UNASKED,
} from "../support/load-document.ts";

/** What the plan from one document to another says about traffic. */
async function impactOf(from: JsonObject, to: JsonObject) {
  const plan = await planChange({
    from: { config: await loadDocument(from) },
    to: new ConfigLoader(gatewaySchema)
      .withOverrides(to as never) // checked by the loader
      .withSecretsManager(UNASKED),
    validator: new ConfigValidator(gatewaySchema),
    resolveSecrets: false,
  });
  expect(plan.report.errors).toEqual([]);
  return plan.impact.map(({ severity, message }) => `${severity} ${message}`);
}

const rule = (id: string, members: JsonObject = {}) => ({
  id,
  condition: { type: "model_name", pattern: "gpt-4o" },
  action: { type: "route_to_provider", provider_id: "openai" },
  ...members,
});

describe("PLN-2 what a change means for the traffic of a gateway", () => {
  test("PLN-2 a provider that goes takes models and redundancy with it", async () => {
    const third = providerDocument({ id: "third", models: [{ id: "own" }] });
    const both = [providerDocument(), providerDocument({ id: "other" })];

    const impact = await impactOf(
      gatewayDocument({ providers: [...both, third] }),
      gatewayDocument({ providers: [providerDocument()] }),
    );

    expect(impact).toEqual([
      "danger provider other is removed",
      "danger provider third is removed",
      "danger model gpt-4o is left with one provider, openai",
      "danger model gpt-4o-mini is left with one provider, openai",
      "danger model own vanishes",
      "notice model gpt-4o is served by openai instead of openai, other",
      "notice model gpt-4o-mini is served by openai instead of openai, other",
    ]);
  });

  test("PLN-2 a provider that is drained, disabled or enabled is named", async () => {
    const off = providerDocument({ id: "other", enabled: false });

    const drained = await impactOf(
      gatewayDocument(),
      gatewayDocument({
        providers: [providerDocument({ weight: 0 }), providerDocument({ id: "other" })],
      }),
    );
    const enabled = await impactOf(
      gatewayDocument({ providers: [providerDocument(), off] }),
      gatewayDocument(),
    );

    expect(drained).toEqual(["danger provider openai gets no new requests (weight 0)"]);
    expect(enabled).toContain("notice provider other is enabled");
  });

  test("PLN-2 a model that is left in one region is named", async () => {
    const west = providerDocument({ region: "west" });
    const east = providerDocument({ id: "other", region: "east" });
    const alsoWest = providerDocument({ id: "third", region: "west" });

    const impact = await impactOf(
      gatewayDocument({ providers: [west, east, alsoWest] }),
      gatewayDocument({ providers: [west, alsoWest] }),
    );

    expect(impact).toContain("danger model gpt-4o is left in one region, west");
  });

  test("PLN-2 a rule that can no longer be reached, or lost its models, is named", async () => {
    const first = rule("first", { priority: 1, condition: { type: "always" } });
    const without = [{ id: "gpt-4o-mini" }];

    const hidden = await impactOf(
      documentWithRules(rule("second")),
      documentWithRules(first, rule("second")),
    );
    const bare = await impactOf(documentWithRules(rule("second")), {
      ...documentWithRules(rule("second")),
      providers: [
        providerDocument({ models: without }),
        providerDocument({ id: "other", models: without }),
      ],
    });

    expect(hidden).toEqual([
      "danger rule second never decides any more",
      "info rule first is asked from now on",
    ]);
    expect(bare).toContain("danger rule second loses its models: nothing matches gpt-4o");
  });

  test("PLN-2 BIZ-2 a model whose sunset is past vanishes, and the rule that asks for it loses it", async () => {
    const ended = [{ id: "gpt-4o", sunset_at: "2020-01-01T00:00:00Z" }, { id: "gpt-4o-mini" }];
    const from = documentWithRules(rule("fast"));

    const impact = await impactOf(
      { ...from, providers: [providerDocument()] },
      { ...from, providers: [providerDocument({ models: ended })] },
    );

    expect(impact).toEqual([
      "danger model gpt-4o vanishes",
      "danger rule fast loses its models: nothing matches gpt-4o",
    ]);
  });

  test("PLN-2 callers that can come no longer, and those that may, are named", async () => {
    const authentication = (keys: readonly string[]) => ({
      security: {
        authentication: {
          enabled: true,
          providers: [
            {
              type: "api_key",
              name: "internal",
              keys: keys.map((id) => ({ id, key: `\${env:KEY_${id.toUpperCase()}}` })),
            },
          ],
        },
      },
    });

    const keys = await impactOf(
      gatewayDocument(authentication(["ci", "old"])),
      gatewayDocument(authentication(["ci", "fresh"])),
    );
    const off = await impactOf(
      gatewayDocument(authentication(["ci"])),
      gatewayDocument({ security: QUIET_SECURITY }),
    );

    expect(keys).toEqual([
      "danger api key internal/old is gone",
      "notice api key internal/fresh is new",
      "info secret ${env:KEY_FRESH} is needed from now on",
      "info secret ${env:KEY_OLD} is no longer needed",
    ]);
    expect(off).toContain("danger callers need not authenticate any more");
  });

  test("PLN-2 callers whose key or way to authenticate changes are named", async () => {
    const authentication = (key: string, issuer: string) =>
      gatewayDocument({
        security: {
          authentication: {
            enabled: true,
            providers: [
              { type: "api_key", name: "internal", keys: [{ id: "ci", key }] },
              {
                type: "oauth2",
                name: "sso",
                issuer,
                audience: "llm",
                jwks_uri: "https://sso.test/jwks",
              },
            ],
          },
        },
      });

    const impact = await impactOf(
      authentication("${env:OLD}", "https://one.test"),
      authentication("${env:NEW}", "https://two.test"),
    );

    expect(impact).toEqual([
      "danger api key internal/ci has another key",
      "danger authentication sso has another issuer",
      "info secret ${env:NEW} is needed from now on",
      "info secret ${env:OLD} is no longer needed",
    ]);
  });

  test("PLN-2 tenants that a rule begins or ceases to name are named", async () => {
    const forTenants = (...ids: readonly string[]) =>
      documentWithRules(
        rule("eu", { condition: { type: "or", conditions: [{ type: "tenant", ids }] } }),
      );

    const impact = await impactOf(forTenants("acme", "old"), forTenants("acme", "new"));

    expect(impact).toEqual([
      "danger tenant of a rule old is gone",
      "notice tenant of a rule new is new",
    ]);
  });

  test("PLN-2 limits are tightened or loosened; none is the loosest", async () => {
    const limits = (requests: number | null, connections: number) => ({
      ...gatewayDocument({ server: { max_connections: connections } }),
      providers: [
        providerDocument({ rate_limits: { requests_per_minute: requests } }),
        providerDocument({ id: "other" }),
      ],
    });

    const impact = await impactOf(limits(null, 100), limits(50, 200));

    expect(impact).toEqual([
      "danger limit providers[openai].rate_limits.requests_per_minute is tightened: none → 50",
      "notice limit server.max_connections is loosened: 100 → 200",
    ]);
  });
});
