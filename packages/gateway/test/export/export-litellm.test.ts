import type { Json, JsonObject } from "@llmcfg/core";
import { exportConfig } from "@llmcfg/gateway/export";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { exportText, importFile } from "../support/litellm-files.ts";

function provider(members: JsonObject = {}): JsonObject {
  return {
    id: "openai",
    type: "openai",
    auth: { type: "api_key", key: "${env:OPENAI_KEY}" },
    models: [{ id: "gpt-4o", upstream_id: "gpt-4o-2024-08-06" }],
    ...members,
  };
}

async function exported(document: Json): Promise<unknown> {
  return parse(await exportText(document), { version: "1.1" });
}

describe("references", () => {
  test("GWX-1 a variable is os.environ/X", async () => {
    expect(await exported({ providers: [provider()] })).toEqual({
      model_list: [
        {
          model_name: "gpt-4o",
          litellm_params: { model: "openai/gpt-4o-2024-08-06", api_key: "os.environ/OPENAI_KEY" },
        },
      ],
    });
  });

  test.each([
    ["${secret:openai/key}"],
    ["${file:/run/key}"],
    ["prefix-${env:KEY}"],
    ["sk-plain"],
    ["[redacted]"],
  ])("GWX-1 %s is refused, and nothing is written", async (key) => {
    const { files, report } = await exportConfig("litellm", {
      providers: [provider({ auth: { type: "api_key", key } })],
    });

    expect(files.size).toBe(0);
    expect(report.entries.find(({ disposition }) => disposition === "refused")?.from).toBe(
      "providers[openai].auth.key",
    );
    expect(report.format()).not.toContain("sk-plain");
  });

  test.each(["providers[openai].auth.key", "team/key"])(
    "GWX-1 envMap names a variable by %s",
    async (name) => {
      const auth = { type: "api_key", key: "${secret://vault/team/key#value@3}" };

      const text = await exportText({ providers: [provider({ auth })] }, { [name]: "MY_KEY" });

      expect(text).toContain("api_key: os.environ/MY_KEY\n");
    },
  );

  test.each(["constructor", "toString", "__proto__"])(
    "GWX-1 a secret whose path is %s is refused as any other that has no variable",
    async (path) => {
      const auth = { type: "api_key", key: `\${secret:${path}}` };

      const { files, report } = await exportConfig("litellm", { providers: [provider({ auth })] });

      expect(files.size).toBe(0);
      expect(report.counts.refused).toBe(1);
    },
  );

  test("GWX-1 envMap takes names of variables alone", async () => {
    const auth = { type: "api_key", key: "${secret:team/key}" };
    const document = { providers: [provider({ auth })] };

    const exporting = exportConfig("litellm", document, { envMap: { "team/key": "MY KEY" } });

    await expect(exporting).rejects.toMatchObject({ code: "invalid_option" });
  });

  test("GWX-1 a header that looks like a credential is never written, other text is", async () => {
    const plain = await exportConfig("litellm", {
      providers: [provider({ headers: { "X-Team": "search" } })],
    });
    const secret = await exportConfig("litellm", {
      providers: [provider({ headers: { "X-Token": "abcdef" } })],
    });

    expect(plain.files.get("config.yaml")).toContain("X-Team: search");
    expect(secret.files.size).toBe(0);
  });
});

describe("the loss report", () => {
  test("GWX-2 what LiteLLM has no word for is listed, and the counts add up", async () => {
    const { report } = await exportConfig("litellm", {
      server: { port: 9090, bind_address: "0.0.0.0" },
      providers: [provider({ proxy: { url: "${env:PROXY}" } })],
    });

    const lost = report.entries.filter(({ disposition }) => disposition === "preserved");
    expect(lost.map(({ from }) => from)).toEqual(["server.port", "providers[openai].proxy.url"]);
    expect(report.entries).toHaveLength(report.inputLeaves);
  });

  test("GWX-2 rules, strategies and providers without a counterpart are said to be so", async () => {
    const { report } = await exportConfig("litellm", {
      providers: [provider(), provider({ id: "off", enabled: false })],
      routing: {
        policy: {
          default_strategy: "round_robin",
          rules: [
            {
              id: "r",
              condition: { type: "always" },
              action: { type: "reject", reason: "closed" },
            },
          ],
        },
      },
    });

    const text = report.format();
    expect(text).toContain("LiteLLM has no such strategy: it shuffles");
    expect(text).toContain("LiteLLM has no rules of this kind");
    expect(text).toContain("a provider that is not enabled is left out");
  });

  test("GWX-2 extensions.litellm is written back verbatim, those of others are not", async () => {
    const guardrails = [
      { guardrail_name: "g", litellm_params: { mode: "pre_call", text: "$${x}" } },
    ];

    const file = await exported({
      providers: [provider()],
      extensions: {
        litellm: { guardrails, litellm_settings: { drop_params: true } },
        other: { a: 1 },
      },
    });

    expect(file).toMatchObject({
      guardrails: [{ guardrail_name: "g", litellm_params: { mode: "pre_call", text: "${x}" } }],
      litellm_settings: { drop_params: true },
    });
    expect(file).not.toHaveProperty("other");
  });
});

describe("the file", () => {
  test("GWX-4 costs are exact, and no number has an exponent", async () => {
    const pricing = { input_per_million: "0.075", output_per_million: "15" };

    const text = await exportText({ providers: [provider({ models: [{ id: "m", pricing }] })] });

    expect(text).toContain("input_cost_per_token: 0.000000075\n");
    expect(text).toContain("output_cost_per_token: 0.000015\n");
  });

  test("GWX-4 texts that YAML 1.1 takes for something else are quoted", async () => {
    const models = ["yes", "on", "y", "1e5", "2024-01-01", "0o7"].map((id) => ({ id }));

    const text = await exportText({ providers: [provider({ models })] });

    for (const { id } of models) expect(text).toMatch(new RegExp(`model_name: ["']${id}["']`));
  });

  test("GWX-4 every section of an import comes back", async () => {
    const { document } = await importFile("own/everything.yaml");

    expect(await exported(document ?? null)).toMatchObject({
      model_list: [
        {
          model_name: "gpt-4o",
          litellm_params: {
            model: "openai/gpt-4o-2024-08-06",
            weight: 3,
            rpm: 80_000,
            timeout: 7.5,
          },
        },
        {},
        { litellm_params: { tenant_id: "os.environ/TENANT", client_id: "7d2b" } },
        { litellm_params: { azure_ad_token: "os.environ/AZURE_TOKEN" } },
        {
          litellm_params: { aws_region_name: "us-east-1", aws_role_name: "arn:aws:iam::1:role/x" },
        },
        {},
        { litellm_params: { vertex_project: "my-project", vertex_location: "us-central1" } },
        {
          litellm_params: {
            model: "openai/text-embedding-3-small",
            api_base: "http://10.0.0.7:8000/v1",
          },
        },
        { litellm_params: { model: "perplexity/sonar-pro" } },
        { model_name: "in-house", litellm_params: { model: "sagemaker/endpoint-1" } },
      ],
      router_settings: {
        routing_strategy: "simple-shuffle",
        num_retries: 10,
        fallbacks: [{ "gpt-4o": ["claude", "gemini"] }, { claude: ["gemini"] }],
        context_window_fallbacks: [{ claude: ["gemini"] }],
        content_policy_fallbacks: [{ "gpt-4o": ["gemini"] }],
        default_fallbacks: ["gemini"],
        max_fallbacks: 3,
        allowed_fails: 3,
        cooldown_time: 600,
        model_group_alias: { "gpt-4": "gpt-4o", "hidden-name": { model: "claude", hidden: true } },
        provider_budget_config: { azure: { budget_limit: 100.5, time_period: "1d" } },
      },
      litellm_settings: {
        cache: true,
        cache_params: {
          type: "redis-semantic",
          host: "cache.internal",
          port: 6380,
          ssl: true,
          ttl: 120,
        },
        callbacks: ["prometheus", "otel", "langfuse"],
      },
      general_settings: {
        master_key: "os.environ/MASTER_KEY",
        enable_jwt_auth: true,
        max_request_size_mb: 2,
        database_url: "os.environ/DATABASE_URL",
      },
    });
  });
});

test.each(["portkey", "kong"] as const)("%s cannot be written yet, and says so", async (kind) => {
  await expect(exportConfig(kind, {})).rejects.toMatchObject({ code: "unsupported_export" });
});
