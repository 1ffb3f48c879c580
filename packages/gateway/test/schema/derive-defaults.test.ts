import type { JsonObject } from "@llmcfg/core";
import { describe, expect, test } from "vitest";
import {
  documentWithRules,
  gatewayDocument,
  loadDocument,
  providerDocument,
} from "../support/load-document.ts";

async function loadProvider(members: JsonObject) {
  const config = await loadDocument(gatewayDocument({ providers: [providerDocument(members)] }));
  return config.providers[0];
}

describe("§4.5 what a provider type brings along", () => {
  test.each([
    ["openai", "https://api.openai.com/v1", "Authorization", "Bearer "],
    ["anthropic", "https://api.anthropic.com/v1", "x-api-key", ""],
    ["google_ai_studio", "https://generativelanguage.googleapis.com/v1beta", "x-goog-api-key", ""],
    ["cohere", "https://api.cohere.com", "Authorization", "Bearer "],
    ["mistral", "https://api.mistral.ai/v1", "Authorization", "Bearer "],
    ["groq", "https://api.groq.com/openai/v1", "Authorization", "Bearer "],
    ["together", "https://api.together.xyz/v1", "Authorization", "Bearer "],
    ["fireworks", "https://api.fireworks.ai/inference/v1", "Authorization", "Bearer "],
    ["deepseek", "https://api.deepseek.com/v1", "Authorization", "Bearer "],
    ["xai", "https://api.x.ai/v1", "Authorization", "Bearer "],
    ["openrouter", "https://openrouter.ai/api/v1", "Authorization", "Bearer "],
    ["huggingface", "https://router.huggingface.co/v1", "Authorization", "Bearer "],
    ["replicate", "https://api.replicate.com/v1", "Authorization", "Bearer "],
    ["ollama", "http://localhost:11434", "Authorization", "Bearer "],
  ])("%s listens at %s and takes a key in %s", async (type, endpoint, header, prefix) => {
    const provider = await loadProvider({ type });

    expect(provider).toMatchObject({ endpoint, auth: { header, prefix, query_param: null } });
  });

  test("Anthropic has a version of its API", async () => {
    expect(await loadProvider({ type: "anthropic" })).toMatchObject({ api_version: "2023-06-01" });
    expect(await loadProvider({ type: "anthropic", api_version: "2027-01-01" })).toMatchObject({
      api_version: "2027-01-01",
    });
  });

  test("Azure takes a key in a header of its own", async () => {
    const members = { endpoint: "https://acme.openai.azure.com", api_version: "2024-10-21" };

    expect(await loadProvider({ type: "azure_openai", ...members })).toMatchObject({
      auth: { header: "api-key", prefix: "" },
    });
  });

  test("a cloud's endpoint follows from where auth says it is", async () => {
    const aws = { type: "aws_sigv4", region: "eu-west-1" };
    const gcp = { type: "gcp", project_id: "p", location: "europe-west4" };

    expect(await loadProvider({ type: "aws_bedrock", auth: aws })).toMatchObject({
      endpoint: "https://bedrock-runtime.eu-west-1.amazonaws.com",
    });
    expect(await loadProvider({ type: "google_vertex", auth: gcp })).toMatchObject({
      endpoint: "https://europe-west4-aiplatform.googleapis.com",
    });
    expect(
      await loadProvider({ type: "google_vertex", auth: { ...gcp, location: "global" } }),
    ).toMatchObject({ endpoint: "https://aiplatform.googleapis.com" });
  });

  test.each(["vllm", "tgi", "ollama"])("%s needs no credential", async (type) => {
    const { auth: _, ...members } = providerDocument({
      type,
      endpoint: "http://llm.internal:8000/v1",
    });

    const { providers } = await loadDocument(gatewayDocument({ providers: [members] }));

    expect(providers[0]?.auth).toEqual({ type: "none" });
  });
});

describe("derived defaults", () => {
  test("a header of one's own has no prefix, unless it is Authorization", async () => {
    const key = { type: "api_key", key: "${env:K}" };

    expect(await loadProvider({ auth: { ...key, header: "X-Key" } })).toMatchObject({
      auth: { header: "X-Key", prefix: "" },
    });
    expect(await loadProvider({ auth: { ...key, header: "authorization" } })).toMatchObject({
      auth: { prefix: "Bearer " },
    });
    expect(await loadProvider({ auth: { ...key, prefix: "Token " } })).toMatchObject({
      auth: { header: "Authorization", prefix: "Token " },
    });
  });

  test("a key that goes into the query has no header", async () => {
    const auth = { type: "api_key", key: "${env:K}", query_param: "key" };

    expect(await loadProvider({ auth })).toMatchObject({
      auth: { header: null, query_param: "key" },
    });
  });

  test("names follow from ids, names upstream too; a wildcard's is what it matched", async () => {
    const models = [{ id: "gpt-4o" }, { id: "acme/*" }, { id: "*" }, { id: "x", upstream_id: "y" }];

    const provider = await loadProvider({ models });

    expect(provider?.name).toBe("openai");
    expect(provider?.models.map((model) => model.upstream_id)).toEqual(["gpt-4o", "*", "*", "y"]);
  });

  test("a rule's name and the salt of its percentages are its id, however deep they are", async () => {
    const share = { type: "percentage", percent: 10, key: "user" };
    const condition = {
      type: "and",
      conditions: [
        { type: "not", condition: share },
        { ...share, salt: "own" },
      ],
    };
    const action = { type: "reject", reason: "no" };

    const { routing } = await loadDocument(documentWithRules({ id: "canary", condition, action }));

    expect(routing.policy.rules[0]).toMatchObject({
      name: "canary",
      condition: { conditions: [{ condition: { salt: "canary" } }, { salt: "own" }] },
    });
  });

  test("the policy's strategy and the total of retries follow from their sections", async () => {
    const { routing, resilience } = await loadDocument(
      gatewayDocument({
        routing: { default_strategy: "weighted" },
        resilience: { timeouts: { request: "20s" } },
      }),
    );

    expect(routing.policy.default_strategy).toBe("weighted");
    expect(resilience.retry_policy.total_timeout.toString()).toBe("20s");
  });

  test("keys without an id are named by their position", async () => {
    const keys = [{ key: "${env:A}" }, { id: "ci", key: "${env:B}" }, { key: "${env:C}" }];
    const providers = [{ type: "api_key", name: "internal", keys }];

    const { security } = await loadDocument(
      gatewayDocument({ security: { authentication: { providers } } }),
    );

    expect(security.authentication.providers[0]).toMatchObject({
      keys: [{ id: "key-1" }, { id: "ci" }, { id: "key-3" }],
    });
  });
});
