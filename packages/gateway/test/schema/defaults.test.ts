import { defaultGatewayConfig } from "@llmcfg/gateway";
import { expect, test } from "vitest";
import { loadDocument, providerDocument } from "../support/load-document.ts";

/** The tables of the specification, as a document. */
const TABLES = {
  version: "1.0.0",
  metadata: {
    name: null,
    environment: null,
    owner: null,
    description: null,
    tags: {},
    last_modified: null,
    checksum: null,
  },
  server: {
    bind_address: "0.0.0.0",
    port: 8080,
    tls_enabled: false,
    tls_cert_path: null,
    tls_key_path: null,
    request_timeout: "1m",
    keep_alive_timeout: "1m 30s",
    max_connections: 10_000,
    max_body_size: 10_485_760,
    http2_enabled: true,
    grpc_enabled: false,
    grpc_port: null,
    shutdown_timeout: "30s",
    cors: null,
  },
  providers: [],
  routing: {
    policy: {
      id: "default",
      name: "Default Policy",
      version: "1.0",
      rules: [],
      default_strategy: "round_robin",
      default_provider_filter: null,
      updated_at: null,
    },
    default_strategy: "round_robin",
    enable_failover: true,
    failover_timeout: "100ms",
    enable_caching: false,
    cache: null,
  },
  resilience: {
    enable_queuing: true,
    max_queue_size: 10_000,
    queue_timeout: "30s",
    circuit_breaker: {
      enabled: true,
      failure_rate_threshold: 0.5,
      minimum_calls: 10,
      window: "1m",
      consecutive_failures: 5,
      open_duration: "30s",
      max_open_duration: "5m",
      half_open_calls: 5,
      success_threshold: 0.8,
      failure_statuses: [500, 502, 503, 504, 529],
      count_timeouts: true,
      rate_limited_action: "cooldown",
      slow_call_duration: null,
      keep_last_provider: true,
    },
    retry_policy: {
      max_retries: 2,
      initial_backoff: "500ms",
      max_backoff: "10s",
      factor: 2,
      jitter: 0.25,
      on_status_codes: [408, 429, 500, 502, 503, 504, 529],
      on_timeout: true,
      on_connection_error: true,
      respect_retry_after: true,
      max_retry_after: "1m",
      per_error: {},
      retry_budget: { ratio: 0.2, min_per_second: 10 },
      total_timeout: "1m",
      retry_streaming: "before_first_byte",
    },
    timeouts: {
      connect: "10s",
      request: "1m",
      first_token: "30s",
      stream_idle: "1m",
      stream_total: "10m",
      idle_connection: "1m 30s",
    },
    health_check: {
      enabled: true,
      mode: "passive",
      interval: "30s",
      timeout: "5s",
      unhealthy_threshold: 3,
      healthy_threshold: 2,
      probe: "models",
      path: null,
      expected_statuses: [200],
      probe_model: null,
      probe_prompt: "ping",
      max_tokens: 1,
      jitter: 0.1,
    },
  },
  observability: {
    logging: {
      level: "info",
      format: "json",
      log_requests: true,
      redact_pii: true,
      redact_fields: ["api_key", "token", "password"],
      outputs: [{ type: "stdout" }],
    },
    metrics: {
      enabled: true,
      backend: "prometheus",
      endpoint: "/metrics",
      export_interval: "15s",
      latency_buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    tracing: {
      enabled: true,
      backend: "open_telemetry",
      endpoint: "http://localhost:4317",
      sampling_rate: 1,
      propagate_context: true,
    },
    audit: null,
  },
  security: {
    authentication: {
      enabled: true,
      providers: [],
      default_provider: null,
      api_key_header: "X-API-Key",
      bearer_token_header: "Authorization",
    },
    authorization: null,
    rate_limiting: {
      enabled: true,
      backend: "memory",
      redis: null,
      global: {
        requests_per_minute: 1_000,
        requests_per_hour: 50_000,
        requests_per_day: null,
        burst: 100,
      },
      per_user: null,
      per_tenant: null,
      custom_rules: [],
    },
    tls: null,
    validate_requests: true,
    content_filtering: null,
  },
  features: {
    semantic_caching: false,
    speculative_execution: false,
    ab_testing: false,
    cost_optimization: false,
    adaptive_routing: false,
    request_deduplication: false,
    custom: {},
  },
  secrets: null,
  extensions: {},
};

test("CFG-2 the defaults are those of the tables, with no providers", () => {
  expect(JSON.parse(JSON.stringify(defaultGatewayConfig()))).toEqual(TABLES);
});

test("CFG-1 CFG-2 a document with providers alone has the defaults everywhere else", async () => {
  const config = await loadDocument({ providers: [providerDocument()] });

  expect(JSON.parse(JSON.stringify({ ...config, providers: [] }))).toEqual(TABLES);
});

test("CFG-2 a section that is given in part has the same defaults as one that is not given", async () => {
  const { observability, resilience } = await loadDocument({
    providers: [providerDocument()],
    observability: { logging: { level: "debug" } },
    resilience: { timeouts: { connect: "5s" } },
  });

  expect(observability.logging.redact_fields).toEqual(["api_key", "token", "password"]);
  expect(resilience.timeouts.stream_total.toString()).toBe("10m");
});

test("CFG-2 a provider and a model have the defaults of their tables", async () => {
  const {
    providers: [provider],
  } = await loadDocument({ providers: [providerDocument({ models: [{ id: "gpt-4o" }] })] });

  expect(JSON.parse(JSON.stringify(provider))).toEqual({
    id: "openai",
    name: "openai",
    type: "openai",
    enabled: true,
    endpoint: "https://api.openai.com/v1",
    allow_insecure: false,
    api_version: null,
    auth: {
      type: "api_key",
      key: "${env:OPENAI_KEY}",
      header: "Authorization",
      prefix: "Bearer ",
      query_param: null,
    },
    models: [
      {
        id: "gpt-4o",
        upstream_id: "gpt-4o",
        aliases: [],
        mode: "chat",
        enabled: true,
        context_window: null,
        max_output_tokens: null,
        capabilities: ["streaming"],
        pricing: null,
        weight: null,
        priority: null,
        rate_limits: {
          requests_per_minute: null,
          requests_per_day: null,
          tokens_per_minute: null,
          tokens_per_day: null,
          max_concurrent_requests: null,
        },
        timeouts: {},
        default_params: {},
        drop_params: [],
        deprecated_at: null,
        sunset_at: null,
      },
    ],
    discover_models: false,
    weight: 1,
    priority: 0,
    region: null,
    tags: {},
    headers: {},
    rate_limits: {
      requests_per_minute: null,
      requests_per_day: null,
      tokens_per_minute: null,
      tokens_per_day: null,
      max_concurrent_requests: null,
    },
    budget: null,
    connection_pool: { max_connections: 128, max_idle: 64, keep_alive: "1m 30s", http2: true },
    proxy: null,
    timeouts: {},
    retry_policy: {},
    circuit_breaker: {},
    health_check: {},
    data_policy: { allow_training: false, zero_retention: null, regions: [] },
    metadata: {},
  });
});
