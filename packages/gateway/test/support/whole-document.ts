import type { JsonObject } from "@llmcfg/core";

const REDIS = { url: "rediss://cache.internal:6380", pool_size: 8, connect_timeout: "2s" };
const LIMIT = { requests_per_minute: 60, requests_per_hour: 600, burst: 10 };

/** Something in every section, and every kind of provider, credential and condition. */
export const WHOLE: JsonObject = {
  version: "2026.11.1-rc.1+eu",
  metadata: {
    name: "edge",
    environment: "production",
    owner: "platform",
    description: "all of it",
    tags: { cost_center: "42" },
    last_modified: "2026-11-22T10:00:00Z",
  },
  server: {
    bind_address: "::",
    port: 8443,
    tls_enabled: true,
    tls_cert_path: "/etc/tls/tls.crt",
    tls_key_path: "/etc/tls/tls.key",
    request_timeout: "2m",
    max_body_size: "16MiB",
    grpc_enabled: true,
    grpc_port: 9443,
    cors: {
      allowed_origins: ["https://app.example.com"],
      allowed_methods: ["GET", "POST"],
      allowed_headers: ["*"],
      max_age: "1h",
      allow_credentials: true,
    },
  },
  providers: [
    {
      id: "openai",
      type: "openai",
      auth: { type: "bearer", token: "${env:OPENAI_KEY}" },
      models: [
        {
          id: "gpt-4o",
          aliases: ["big"],
          context_window: 128_000,
          max_output_tokens: 16_384,
          capabilities: ["streaming", "tools", "vision", "json_schema"],
          pricing: { input_per_million: "2.50", output_per_million: 10, request: 0 },
          rate_limits: { requests_per_minute: 500 },
          timeouts: { first_token: "20s" },
          default_params: { temperature: 0.2 },
          drop_params: ["logit_bias"],
          deprecated_at: "2030-01-01T00:00:00Z",
          sunset_at: "2031-01-01T00:00:00Z",
        },
      ],
      headers: { "OpenAI-Organization": "${env:OPENAI_ORG}" },
      budget: { max_cost_usd: "1000.50", period: "month" },
      proxy: { url: "${env:PROXY}" },
      tags: { tier: "gold" },
      data_policy: { zero_retention: true, regions: ["us"] },
    },
    {
      id: "azure",
      type: "azure_openai",
      base_url: "https://acme.openai.azure.com",
      api_version: "2024-10-21",
      auth: { type: "azure_ad", tenant_id: "t", client_id: "c", managed_identity: true },
      models: [{ id: "gpt-4o", upstream_id: "gpt4o-eu" }],
      priority: 1,
      region: "westeurope",
    },
    {
      id: "bedrock",
      type: "aws_bedrock",
      auth: { type: "aws_sigv4", region: "eu-west-1", role_arn: "arn:aws:iam::1:role/llm" },
      models: [{ id: "claude-5", mode: "chat" }],
    },
    {
      id: "vertex",
      type: "google_vertex",
      auth: { type: "gcp", project_id: "p", location: "global" },
      models: [{ id: "gemini-*", mode: "chat" }],
    },
    {
      id: "gateway-b",
      type: "openai_compatible",
      endpoint: "https://llm.example.com/v1",
      auth: {
        type: "oauth2",
        token_url: "https://login.example.com/token",
        client_id: "c",
        client_secret: "${env:SECRET}",
        scopes: ["llm"],
      },
      models: [{ id: "acme/*" }],
      retry_policy: { max_retries: 1, per_error: { timeout: 0 } },
      circuit_breaker: { open_duration: "10s" },
      health_check: { mode: "active", probe: "tcp" },
    },
    {
      id: "custom",
      type: "openai_compatible",
      endpoint: "http://llm.llm.svc.cluster.local:8000/v1",
      auth: { type: "custom_headers", headers: { "X-Auth": "${env:A}" } },
      discover_models: true,
      enabled: false,
    },
    { id: "local", type: "vllm", endpoint: "http://vllm:8000/v1", models: [{ id: "llama" }] },
  ],
  routing: {
    default_strategy: "lowest_latency",
    enable_caching: true,
    cache: {
      backend: "redis",
      default_ttl: "10m",
      max_entries: 100_000,
      semantic_caching: true,
      similarity_threshold: 0.95,
      redis: REDIS,
      memcached: { servers: ["cache-1.internal:11211", "[::1]:11211"] },
    },
    policy: {
      id: "edge",
      name: "Edge",
      version: "7",
      updated_at: "2026-11-22T10:00:00Z",
      default_provider_filter: { zdr: false, max_price: { input_per_million: 5 } },
      rules: [
        {
          id: "night",
          description: "the cheap hours",
          priority: 10,
          condition: {
            type: "and",
            conditions: [
              { type: "time_window", start: "22:00", end: "06:00", timezone: "Europe/Berlin" },
              { type: "not", condition: { type: "header", name: "X-Now", op: "eq", value: "1" } },
              { type: "percentage", percent: 50, key: "tenant" },
            ],
          },
          action: {
            type: "split",
            targets: [
              { provider_id: "openai", weight: 90 },
              { provider_id: "azure", model: "gpt-4o", weight: 10 },
            ],
            sticky_key: "tenant",
          },
        },
        {
          id: "shadow",
          condition: { type: "model_name", pattern: "gpt-*" },
          action: { type: "shadow", provider_id: "azure", percent: 1 },
        },
        {
          id: "slow-down",
          condition: { type: "tag", key: "batch" },
          action: { type: "rate_limit", key: "tenant", limit: LIMIT },
        },
        {
          id: "rename",
          condition: { type: "model_name", pattern: "gpt-4" },
          action: { type: "rewrite_model", model: "gpt-4o" },
        },
        {
          id: "block",
          condition: { type: "user", ids: ["mallory"] },
          action: { type: "reject", status: 403, reason: "no" },
        },
        {
          id: "rest",
          priority: 1_000,
          condition: { type: "always" },
          action: {
            type: "balance",
            strategy: { type: "consistent_hash", hash_on: "header", header: "X-Session" },
            filter: { only: ["openai", "azure"], capabilities: ["streaming"] },
            fallback_models: ["claude-5", { model: "llama", on: ["context_window"] }],
          },
        },
      ],
    },
  },
  resilience: {
    circuit_breaker: { consecutive_failures: null, slow_call_duration: "20s" },
    retry_policy: { total_timeout: "2m" },
    timeouts: { first_token: null },
    health_check: { mode: "both", probe: "completion", probe_model: "gpt-4o" },
  },
  observability: {
    logging: {
      level: "debug",
      outputs: [{ type: "stdout" }, { type: "syslog", address: "udp://log" }],
    },
    metrics: { backend: "datadog", endpoint: "agent:8125" },
    tracing: { backend: "jaeger", endpoint: "http://jaeger:4317", sampling_rate: 0.1 },
    audit: {
      output: { type: "database", connection_string: "${env:AUDIT_DB}" },
      events: ["config.*"],
    },
  },
  security: {
    authentication: {
      default_provider: "keys",
      providers: [
        {
          type: "api_key",
          name: "keys",
          keys: [{ key: "${env:K1}", metadata: { tenant: "acme" } }],
        },
        {
          type: "oauth2",
          name: "sso",
          issuer: "https://id.example.com",
          audience: "llm",
          jwks_uri: "https://id.example.com/jwks",
        },
        { type: "jwt", name: "jwt", secret: "${env:JWT}", algorithm: "HS256" },
      ],
    },
    authorization: {
      policies: [
        {
          id: "read",
          name: "Read",
          subjects: ["team-a"],
          resources: ["gpt-*"],
          actions: ["read", "execute"],
          effect: "allow",
        },
      ],
    },
    rate_limiting: {
      backend: "redis",
      per_tenant: LIMIT,
      custom_rules: [{ id: "chat", matcher: { type: "path", pattern: "/v1/**" }, limit: LIMIT }],
    },
    tls: { min_version: "1.3", client_auth: true, client_ca_cert_path: "/etc/tls/ca.crt" },
    content_filtering: {
      detect_pii: true,
      pii_action: "redact",
      detect_toxicity: true,
      toxicity_threshold: 0.8,
      toxicity_action: "log",
    },
  },
  features: { ab_testing: true, semantic_caching: true, custom: { beta: true } },
  secrets: {
    backend: "vault",
    address: "https://vault.internal:8200",
    mount_path: "kv",
    auth: { type: "kubernetes", role: "llm" },
  },
  extensions: { generation: 7, anything: { goes: ["here", null] } },
};
