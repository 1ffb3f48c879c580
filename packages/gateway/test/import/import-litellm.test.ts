import { describe, expect, test } from "vitest";
import { documentOf, importFile, importText } from "../support/litellm-files.ts";

const ONE = `
model_list:
  - model_name: gpt-4o
    litellm_params:
      model: openai/gpt-4o
      api_key: os.environ/KEY
`;

describe("reading", () => {
  test("GWI-1 an include that is missing is refused, with its position", async () => {
    const { document, text, report } = await importFile("own/missing-include.yaml");

    expect(document).toBeUndefined();
    expect(text).toBeUndefined();
    expect(report.entries).toContainEqual({
      disposition: "refused",
      from: undefined,
      position: { kind: "file", file: "own/missing-include.yaml", line: 2, column: 5 },
      note: "the included file own/not-there.yaml cannot be read, and LiteLLM does not start without it",
    });
  });

  test("GWI-8 included lists extend those of the entry, other keys take their place", async () => {
    const { document, report } = await importFile("own/with-includes.yaml");

    expect(document).toMatchObject({
      providers: [{ id: "openai" }, { id: "anthropic" }],
      resilience: { retry_policy: { max_retries: 3 } },
    });
    expect(
      report.entries.find(({ from }) => from === "litellm_settings.drop_params"),
    ).toMatchObject({
      disposition: "approximated",
      note: "on is true in YAML 1.1; an included file takes its place",
    });
  });

  test("GWI-2 GWI-8 the last of repeated keys wins, and the first is reported", async () => {
    const { document, report } = await importText(
      `${ONE}router_settings:\n  num_retries: 1\n  num_retries: 4\n`,
    );

    expect(document).toMatchObject({ resilience: { retry_policy: { max_retries: 4 } } });
    expect(
      report.entries.filter(({ from }) => from === "router_settings.num_retries"),
    ).toMatchObject([
      { disposition: "mapped", position: { line: 9 } },
      {
        disposition: "approximated",
        position: { line: 8 },
        note: "the key is repeated: the last one wins",
      },
    ]);
  });

  test.each([
    ["no YAML", "model_list: [", "this is not well-formed YAML"],
    ["two documents", "a: 1\n---\nb: 2\n", "there is more than one YAML document"],
    ["a list", "- a\n", "a LiteLLM configuration is a mapping of sections"],
    ["an alias without anchor", "a: *b\n", /not well-formed|no anchor/],
    [
      "an alias of itself",
      "a: &a\n  b: *a\n",
      "there are too many values, or they are nested too deep",
    ],
    ["no model", "", "field_validation: At least one provider required"],
  ])("GWI-1 %s is refused and no crash", async (_, text, note) => {
    const { document, report } = await importText(text);

    expect(document).toBeUndefined();
    expect(report.format()).toMatch(note);
  });

  test.each(["__proto__", "constructor", "prototype"])(
    "a member named %s is refused",
    async (name) => {
      const { document, report } = await importText(
        `${ONE}general_settings:\n  deep:\n    ${name}: { x: 1 }\n`,
      );

      expect(document).toBeUndefined();
      expect(report.counts.refused).toBe(1);
    },
  );
});

describe("literals", () => {
  const LITERAL =
    ONE.replace("os.environ/KEY", "sk-1234") +
    'general_settings:\n  master_key: "sk-master"\n  database_url: postgres://u:p@h/db\n';

  test("GWI-3 refuse: all are listed with their positions, and nothing is written", async () => {
    const { text, report } = await importText(LITERAL);

    expect(text).toBeUndefined();
    expect(
      report.entries.flatMap(({ disposition, from, position }) => {
        return disposition === "refused" && position?.kind === "file"
          ? [`${position.line}:${position.column} ${from}`]
          : [];
      }),
    ).toEqual([
      "6:16 model_list[0].litellm_params.api_key",
      "8:15 general_settings.master_key",
      "9:17 general_settings.database_url",
    ]);
    expect(report.format()).not.toMatch(/sk-1234|sk-master|u:p@/);
  });

  test("GWI-3 redact: placeholders stand in their place", async () => {
    const document = await documentOf(LITERAL, { literals: "redact" });

    expect(document).toMatchObject({
      providers: [{ auth: { key: "${secret:imported/litellm/openai/auth.key}" } }],
      security: {
        authentication: {
          providers: [
            {
              keys: [
                { id: "master", key: "${secret:imported/litellm/general_settings/master_key}" },
              ],
            },
          ],
        },
      },
      extensions: {
        litellm: {
          general_settings: {
            database_url: "${secret:imported/litellm/general_settings/database_url}",
          },
        },
      },
    });
  });

  test("GWI-3 moveTo: each is stored once, and its reference written", async () => {
    const stored = new Map<string, string>();
    const moveTo = async (path: string, value: Uint8Array): Promise<string> => {
      stored.set(path, new TextDecoder().decode(value));
      return `\${secret://vault/${path}}`;
    };

    const document = await documentOf(LITERAL, { literals: { moveTo } });

    expect([...stored]).toEqual([
      ["imported/litellm/openai/auth.key", "sk-1234"],
      ["imported/litellm/general_settings/master_key", "sk-master"],
      ["imported/litellm/general_settings/database_url", "postgres://u:p@h/db"],
    ]);
    expect(document).toMatchObject({
      providers: [{ auth: { key: "${secret://vault/imported/litellm/openai/auth.key}" } }],
    });
  });

  test("GWI-3 moveTo: nothing is stored where the import is refused", async () => {
    const stored: string[] = [];
    const moveTo = async (path: string): Promise<string> => {
      stored.push(path);
      return "${secret:x}";
    };

    const { document } = await importText("general_settings:\n  master_key: sk-1\n", {
      literals: { moveTo },
    });

    expect(document).toBeUndefined();
    expect(stored).toEqual([]);
  });

  test("GWI-3 values of environment_variables count as literals, and are never copied", async () => {
    const text = `${ONE}environment_variables:\n  REGION: europe\n  OTHER: os.environ/OTHER\n`;

    const refused = await importText(text);
    const redacted = await importText(text, { literals: "redact" });

    expect(refused.report.counts.refused).toBe(1);
    expect(redacted.text).not.toContain("europe");
    expect(redacted.report.format()).toContain(
      "not copied: set REGION in the environment of the gateway",
    );
  });
});

describe("what comes out", () => {
  test("GWI-7 begins with importer, version and counts; providers and rules name their source", async () => {
    const { text } = await importText(
      `${ONE}router_settings:\n  fallbacks: [{ gpt-4o: [gpt-4o] }]\n`,
    );

    expect(text?.split("\n")[0]).toBe(
      "# written by the llmcfg LiteLLM importer 1; 4 leaves: 4 mapped, 0 approximated, 0 preserved; 1 assumed",
    );
    expect(text).toContain("  # model_list[0]\n  - id: openai\n");
    expect(text).toContain("      # router_settings.fallbacks[0]\n      - id: fallback-gpt-4o\n");
  });

  test("GWI-7 TOML has the same comments, JSON has none", async () => {
    const toml = await importText(ONE, { format: "toml" });
    const json = await importText(ONE, { format: "json" });

    expect(toml.text).toMatch(/^# written by the llmcfg LiteLLM importer 1; /);
    expect(toml.text).toContain("# model_list[0]\n[[providers]]\n");
    expect(JSON.parse(json.text ?? "")).toEqual(json.document);
  });

  test("GWI-11 text with ${ is escaped, and means the same here", async () => {
    const document = await documentOf(`${ONE}guardrails: ["\${x}", "$\${y}"]\n`);

    expect(document).toMatchObject({
      extensions: { litellm: { guardrails: ["$${x}", "$$${y}"] } },
    });
  });

  test("GWI-5 what does not validate is refused, with what validation says", async () => {
    const { document, report } = await importText("model_list: []\n");

    expect(document).toBeUndefined();
    expect(report.entries).toContainEqual({
      disposition: "refused",
      from: undefined,
      to: "providers",
      note: "field_validation: At least one provider required",
    });
  });

  test("envReferences: secret gives the product's variables as secrets", async () => {
    expect(await documentOf(ONE, { envReferences: "secret" })).toMatchObject({
      providers: [{ auth: { key: "${secret:KEY}" } }],
    });
  });
});

/** One deployment with these parameters, in a list with more of its kind. */
function deployment(params: string, name = "m"): string {
  return `  - model_name: ${name}\n    litellm_params: { ${params} }\n`;
}

describe("deployments", () => {
  test("those that are asked alike are one provider, a second of the same name goes to a sibling", async () => {
    const document = await documentOf(
      `model_list:\n${deployment("model: openai/a, rpm: 1", "x")}${deployment("model: openai/b, rpm: 3", "x")}${deployment("model: openai/c", "y")}`,
    );

    expect(document).toMatchObject({
      providers: [
        {
          id: "openai",
          models: [
            { id: "x", upstream_id: "a", weight: 1 },
            { id: "y", upstream_id: "c" },
          ],
        },
        { id: "openai-2", models: [{ id: "x", upstream_id: "b", weight: 3 }] },
      ],
    });
  });

  test("weights above 10000 are scaled down, ratios kept", async () => {
    const document = await documentOf(
      `model_list:\n${deployment("model: openai/a, rpm: 80_000")}${deployment("model: groq/b, rpm: 20000")}`,
    );

    expect(document).toMatchObject({
      providers: [{ models: [{ weight: 10_000 }] }, { models: [{ weight: 2_500 }] }],
    });
  });

  test.each([
    ["model: openai/x", { id: "openai", type: "openai", auth: { key: "${env:OPENAI_API_KEY}" } }],
    [
      "model: openai/x, api_base: https://eu.api.openai.com/v1",
      { id: "openai-eu", type: "openai" },
    ],
    [
      "model: openai/x, api_base: http://10.0.0.7/v1/",
      {
        id: "openai-10-0-0-7",
        type: "openai_compatible",
        endpoint: "http://10.0.0.7/v1",
        auth: { type: "none" },
      },
    ],
    [
      "model: gpt-4o, api_base: http://api.example.com",
      { type: "openai_compatible", allow_insecure: true },
    ],
    [
      "model: azure/x, api_base: https://r.openai.azure.com",
      { id: "azure-r", type: "azure_openai", api_version: "2025-02-01-preview" },
    ],
    [
      "model: azure/x, api_base: https://r.com, tenant_id: t, client_id: c",
      { auth: { type: "azure_ad", managed_identity: true } },
    ],
    ["model: ollama_chat/x", { id: "ollama_chat", type: "ollama" }],
    ["model: hosted_vllm/x, api_base: http://vllm:8000", { id: "hosted_vllm-vllm", type: "vllm" }],
    [
      "model: bedrock/x",
      { type: "aws_bedrock", endpoint: "https://bedrock-runtime.${env:AWS_REGION}.amazonaws.com" },
    ],
    [
      "model: vertex_ai/x, vertex_location: global",
      {
        type: "google_vertex",
        auth: { location: "global", project_id: "${env:VERTEXAI_PROJECT}" },
      },
    ],
    [
      "model: perplexity/x, api_base: https://p.ai",
      { id: "perplexity-p", type: "openai_compatible", models: [{ upstream_id: "x" }] },
    ],
    ["model: x, custom_llm_provider: mistral", { id: "mistral", type: "mistral" }],
  ])("{ %s }", async (params, provider) => {
    const document = await documentOf(`model_list:\n${deployment(params)}`);

    expect(document).toMatchObject({ providers: [provider] });
  });

  test.each([
    "model: vllm/x",
    "model: sagemaker/x",
    "model: os.environ/MODEL",
    "model: openai/x, api_base: ftp://files",
    "model: openai/x, api_base: 'https://h/v1?key=a'",
    "model: openai/x, api_base: os.environ/not-a-name",
  ])("GWI-2 { %s } is kept whole", async (params) => {
    const { document } = await importText(
      `model_list:\n${deployment("model: openai/y")}${deployment(params)}`,
    );

    expect(document).toMatchObject({
      providers: [{ models: [{ id: "m", upstream_id: "y" }] }],
      extensions: { litellm: { model_list: { whole: [{ model_name: "m" }] } } },
    });
  });

  test("GWI-10 costs are exact, and time-outs have a unit and agree", async () => {
    const document = await documentOf(
      `model_list:\n${deployment("model: openai/a, input_cost_per_token: 1e-7, timeout: 7.25, stream_timeout: 900")}`,
    );

    expect(document).toMatchObject({
      providers: [
        {
          models: [
            {
              pricing: { input_per_million: "0.1", output_per_million: "0" },
              timeouts: {
                connect: "7s 250ms",
                request: "7s 250ms",
                first_token: "15m",
                stream_total: "15m",
              },
            },
          ],
        },
      ],
    });
  });
});

test("all of the field table at once", async () => {
  const { document } = await importFile("own/everything.yaml");

  expect(document).toMatchObject({
    providers: [
      {
        id: "openai",
        headers: { "OpenAI-Organization": "org-one", "X-Team": "search", "X-Purpose": "chat" },
        region: "eu",
        tags: { fast: "true" },
        budget: { max_cost_usd: "7", period: "month" },
        retry_policy: { max_retries: 2 },
        models: [
          {
            id: "gpt-4o",
            upstream_id: "gpt-4o-2024-08-06",
            aliases: ["gpt-4"],
            weight: 3,
            priority: 1,
            rate_limits: {
              requests_per_minute: 80_000,
              tokens_per_minute: 2_000_000,
              max_concurrent_requests: 40,
            },
            pricing: {
              input_per_million: "2.5",
              output_per_million: "10",
              cached_input_per_million: "1.25",
              cache_write_per_million: "3",
            },
            capabilities: [
              "streaming",
              "tools",
              "parallel_tools",
              "json_schema",
              "vision",
              "prompt_caching",
            ],
            default_params: { temperature: 0.2, max_tokens: 512 },
            drop_params: ["logit_bias"],
          },
        ],
      },
      { id: "azure-my-resource", budget: { max_cost_usd: "100.5", period: "day" } },
      { auth: { type: "azure_ad" } },
      { auth: { type: "bearer", token: "${env:AZURE_TOKEN}" } },
      { auth: { type: "aws_sigv4", region: "us-east-1", profile: "batch" } },
      { endpoint: "https://bedrock.internal" },
      { auth: { type: "gcp", project_id: "my-project", credentials: "/etc/gcp.json" } },
      { retry_policy: { max_retries: 4 }, models: [{ mode: "embedding" }] },
      { id: "perplexity-gateway", allow_insecure: true },
    ],
    routing: {
      policy: {
        default_strategy: "weighted",
        rules: [
          { id: "tag-fast", condition: { type: "tag", key: "fast" } },
          {
            id: "fallback-gpt-4o",
            action: {
              fallback_models: [
                { model: "claude", on: ["error", "timeout", "rate_limited"] },
                { model: "gemini", on: ["error", "timeout", "rate_limited"] },
                { model: "gemini", on: ["content_policy"] },
              ],
              max_fallbacks: 3,
            },
          },
          {
            id: "fallback-claude",
            action: {
              fallback_models: [
                { model: "gemini", on: ["error", "timeout", "rate_limited"] },
                { model: "gemini", on: ["context_window"] },
              ],
            },
          },
          { id: "default-fallbacks", condition: { type: "always" } },
        ],
      },
      enable_caching: true,
      cache: {
        backend: "redis",
        semantic_caching: true,
        default_ttl: "2m",
        redis: {
          url: "rediss://cache.internal:6380",
          username: "gateway",
          password: "${env:REDIS_PASSWORD}",
        },
      },
    },
    resilience: {
      retry_policy: {
        max_retries: 10,
        per_error: {
          authentication: 0,
          rate_limit: 3,
          timeout: 2,
          content_policy: 1,
          server_error: 4,
          bad_request: 0,
        },
        initial_backoff: "15s",
        max_backoff: "15s",
      },
      circuit_breaker: {
        consecutive_failures: 4,
        window: "1m",
        open_duration: "10m",
        max_open_duration: "10m",
      },
      timeouts: { request: "15m", first_token: "20s", stream_total: "15m" },
      health_check: { mode: "both", interval: "5m" },
    },
    server: { request_timeout: "15m", max_body_size: 2_097_152, max_connections: 500 },
    security: {
      authentication: {
        api_key_header: "X-LiteLLM-Key",
        providers: [
          { type: "api_key", name: "litellm", keys: [{ id: "master", key: "${env:MASTER_KEY}" }] },
          { type: "oauth2", issuer: "https://idp.example.com", audience: "gateway" },
        ],
      },
    },
    observability: {
      logging: { level: "debug", format: "json" },
      metrics: { backend: "prometheus" },
      tracing: { backend: "open_telemetry" },
    },
    extensions: {
      litellm: {
        router_settings: { model_group_alias: { "hidden-name": { hidden: true } } },
        litellm_settings: { drop_params: true, request_timeout: 30, callbacks: ["langfuse"] },
        general_settings: { database_url: "os.environ/DATABASE_URL" },
        model_list: {
          rest: {
            openai: {
              "gpt-4o": {
                litellm_params: { s3_bucket_name: "batches" },
                model_info: { id: "one" },
              },
            },
          },
          whole: [{ model_name: "in-house", litellm_params: { model: "sagemaker/endpoint-1" } }],
        },
      },
    },
  });
});
