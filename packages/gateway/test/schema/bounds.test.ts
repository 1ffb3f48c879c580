import type { Json, JsonObject } from "@llmcfg/core";
import { gatewaySchema } from "@llmcfg/gateway";
import { describe, expect, test } from "vitest";
import {
  faultsOf,
  findingsOf,
  gatewayDocument,
  loadDocument,
  providerDocument,
} from "../support/load-document.ts";

/** The document with one value at a place; `p` is a provider and `m` its model. */
function withValue(path: string, value: Json): JsonObject {
  const [root = "", ...steps] = path.split(".");
  const nested = steps.reduceRight<Json>((inner, step) => ({ [step]: inner }), value) as JsonObject; // at least one step
  if (root === "p") {
    return gatewayDocument({
      providers: [providerDocument(), { ...providerDocument({ id: "p" }), ...nested }],
    });
  }
  if (root === "m") {
    const models = [{ id: "m", ...nested }];
    return gatewayDocument({
      providers: [providerDocument(), providerDocument({ id: "p", models })],
    });
  }
  return gatewayDocument({ [root]: nested });
}

function isAt(path: string): (fault: string) => boolean {
  const place = path.replace(/^p\./, "providers[p].").replace(/^m\./, "providers[p].models[m].");
  return (fault) => fault.startsWith("error ") && fault.split(" ")[2]?.startsWith(place) === true;
}

/** [path, values at the edge that are accepted, values just beyond that are not] */
const BOUNDS: readonly (readonly [
  path: string,
  accepted: readonly Json[],
  refused: readonly Json[],
])[] = [
  ["server.bind_address", ["127.0.0.1", "::1", "localhost"], ["example.com", "256.0.0.1", ""]],
  ["server.port", [1, 65_535], [0, 65_536, 1.5, "8080"]],
  ["server.request_timeout", ["1s"], ["999ms", 60, "1.5s"]],
  ["server.keep_alive_timeout", ["1ms"], ["0s"]],
  ["server.max_connections", [1], [0]],
  ["server.max_body_size", [1024, "1KiB", "10MiB"], [1023, "1 tonne"]],
  ["server.grpc_port", [null, 9090], [0, 65_536]],
  ["server.shutdown_timeout", ["0s"], ["-1s"]],
  ["p.name", ["x", "n".repeat(128)], ["", "n".repeat(129)]],
  ["p.type", ["openai"], ["opnai"]],
  [
    "p.endpoint",
    ["https://x.example/v1", "http://vllm:8000"],
    [
      "ftp://x",
      "x.example",
      "https://u:p@x.example",
      "https://x.example?a=1",
      "https://x.example#a",
    ],
  ],
  ["p.weight", [0, 0.5, 10_000], [-1, 10_001]],
  ["p.priority", [0, 1_000], [-1, 1_001, 0.5]],
  [
    "p.tags",
    [Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`t${i}`, "x"]))],
    [Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`t${i}`, "x"])), { a: 1 }],
  ],
  [
    "p.headers",
    [{ "X-Team": "${env:T}" }],
    [
      { Connection: "${env:T}" },
      { "Transfer-Encoding": "${env:T}" },
      { authorization: "${env:T}" },
      { "no header": "${env:T}" },
    ],
  ],
  ["p.rate_limits.requests_per_minute", [null, 1], [0, 1.5]],
  ["p.rate_limits.max_concurrent_requests", [1], [0]],
  [
    "p.budget",
    [{ max_cost_usd: "0.01", period: "day" }],
    [{ max_cost_usd: "0", period: "day" }, { max_cost_usd: 5, period: "year" }, { period: "day" }],
  ],
  ["p.connection_pool.max_connections", [64, 10_000], [0, 10_001]],
  ["p.connection_pool.max_idle", [0, 128], [-1, 129]],
  ["p.connection_pool.keep_alive", ["1ms"], ["0s"]],
  ["p.timeouts.connect", ["100ms"], ["99ms", "121s"]],
  ["p.circuit_breaker.consecutive_failures", [null, 1], [0]],
  ["p.data_policy.zero_retention", [null, true], ["yes"]],
  ["p.metadata", [{ a: [1, { b: null }] }], [[]]],
  ["m.mode", ["embedding"], ["chatty"]],
  ["m.context_window", [null, 1], [0]],
  ["m.capabilities", [[], ["vision", "tools"]], [["sight"], ["tools", "tools"]]],
  [
    "m.pricing",
    [{ input_per_million: 0, output_per_million: "2.50" }],
    [
      { input_per_million: -1, output_per_million: 1 },
      { input_per_million: 1 },
      { input_per_million: 1, output_per_million: 1, currency: "dollar" },
    ],
  ],
  ["m.weight", [null, 0, 10_000], [-1, 10_001]],
  ["m.sunset_at", [null, "2030-01-01T00:00:00Z"], ["2030", "tomorrow"]],
  [
    "routing.default_strategy",
    [
      "least_connections",
      { type: "consistent_hash", hash_on: "tenant" },
      { type: "consistent_hash", hash_on: "header", header: "X-S" },
    ],
    [
      "best",
      { type: "consistent_hash", hash_on: "header" },
      { type: "consistent_hash", hash_on: "user", header: "X-S" },
    ],
  ],
  ["routing.failover_timeout", ["1ms"], ["0s"]],
  [
    "routing.cache",
    [{ backend: "memory", default_ttl: "1ms", max_entries: 1 }],
    [
      { backend: "memory", default_ttl: "0s", max_entries: 1 },
      { backend: "memory", default_ttl: "1s", max_entries: 0 },
      { backend: "disk", default_ttl: "1s", max_entries: 1 },
    ],
  ],
  [
    "routing.cache.memcached",
    [],
    [{ servers: [] }, { servers: ["host"] }, { servers: ["host:0"] }],
  ],
  ["resilience.max_queue_size", [1], [0]],
  ["resilience.queue_timeout", ["1ms"], ["0s"]],
  ["resilience.circuit_breaker.failure_rate_threshold", [0.01, 1], [0, 1.01]],
  ["resilience.circuit_breaker.minimum_calls", [1, 10_000], [0, 10_001]],
  ["resilience.circuit_breaker.window", ["1s", "1h"], ["999ms", "61m"]],
  ["resilience.circuit_breaker.open_duration", ["100ms", "5m"], ["99ms", "61m"]],
  ["resilience.circuit_breaker.half_open_calls", [1, 1_000], [0, 1_001]],
  ["resilience.circuit_breaker.success_threshold", [0.01, 1], [0, 1.01]],
  ["resilience.circuit_breaker.failure_statuses", [[400, 599]], [[399], [600]]],
  ["resilience.circuit_breaker.rate_limited_action", ["count", "ignore"], ["open"]],
  ["resilience.circuit_breaker.slow_call_duration", [null, "1ms"], ["0s"]],
  ["resilience.retry_policy.max_retries", [0, 10], [-1, 11]],
  ["resilience.retry_policy.initial_backoff", ["1ms", "10s"], ["0s", "61s"]],
  ["resilience.retry_policy.max_backoff", ["5m"], ["301s"]],
  ["resilience.retry_policy.factor", [1, 10], [0.9, 10.1]],
  ["resilience.retry_policy.jitter", [0, 1], [-0.1, 1.1]],
  ["resilience.retry_policy.on_status_codes", [[400, 599]], [[399], [600]]],
  ["resilience.retry_policy.max_retry_after", ["0s", "10m"], ["601s"]],
  [
    "resilience.retry_policy.per_error",
    [{ timeout: 0, server_error: 10 }],
    [{ timeout: 11 }, { timeouts: 1 }],
  ],
  [
    "resilience.retry_policy.retry_budget",
    [{ ratio: 1, min_per_second: 0 }],
    [{ ratio: 1.1 }, { min_per_second: -1 }],
  ],
  ["resilience.retry_policy.total_timeout", ["1ms"], ["0s"]],
  ["resilience.retry_policy.retry_streaming", ["never"], ["always"]],
  ["resilience.timeouts.connect", ["100ms", "1m"], ["99ms", "121s"]],
  ["resilience.timeouts.first_token", [null, "1ms"], ["0s"]],
  ["resilience.timeouts.stream_idle", [null, "1s", "1h"], ["999ms", "61m"]],
  ["resilience.timeouts.idle_connection", ["1ms"], ["0s"]],
  ["resilience.health_check.interval", ["6s"], ["999ms"]],
  ["resilience.health_check.unhealthy_threshold", [1, 100], [0, 101]],
  ["resilience.health_check.probe", ["none", "tcp"], ["ping"]],
  ["resilience.health_check.max_tokens", [1], [0]],
  ["resilience.health_check.jitter", [0, 1], [1.1]],
  ["observability.logging.level", ["trace"], ["verbose"]],
  [
    "observability.logging.outputs",
    [[{ type: "stderr" }, { type: "file", path: "/log" }]],
    [[], [{ type: "file" }]],
  ],
  ["observability.metrics.export_interval", ["1ms"], ["0s"]],
  ["observability.metrics.latency_buckets", [[0.5]], [[], [0]]],
  ["observability.tracing.endpoint", ["http://collector:4317"], ["collector"]],
  ["observability.tracing.sampling_rate", [0, 1], [-0.1, 1.1]],
  [
    "observability.audit",
    [{ output: { type: "file", path: "/a" }, events: ["config.*", "startup"] }],
    [
      {},
      { output: { type: "file", path: "/a" }, events: ["config_loadd"] },
      { output: { type: "s3", bucket: "b" } },
    ],
  ],
  [
    "security.rate_limiting.global",
    [null, { requests_per_minute: 1 }],
    [{ requests_per_minute: 0 }, { requests_per_minute: 1.5 }],
  ],
  ["security.tls", [], [{}, { min_version: "tls10" }]],
  [
    "security.authorization",
    [
      {
        policies: [
          {
            id: "p",
            name: "P",
            subjects: ["ada"],
            resources: ["*"],
            actions: ["read"],
            effect: "allow",
          },
        ],
      },
    ],
    [
      {},
      {
        policies: [
          { id: "p", name: "P", subjects: [], resources: [], actions: ["delete"], effect: "allow" },
        ],
      },
    ],
  ],
  [
    "security.content_filtering",
    [
      {
        detect_pii: true,
        pii_action: "redact",
        detect_toxicity: true,
        toxicity_threshold: 1,
        toxicity_action: "reject",
      },
    ],
    [
      { detect_pii: true },
      {
        detect_pii: true,
        pii_action: "redact",
        detect_toxicity: true,
        toxicity_threshold: 1.1,
        toxicity_action: "reject",
      },
    ],
  ],
  ["features.custom", [{ beta: true }], [{ beta: "yes" }]],
];

describe("§4 the bounds of the tables", () => {
  test.each(BOUNDS)("%s", async (path, accepted, refused) => {
    for (const value of accepted) {
      expect(
        (await faultsOf(withValue(path, value))).filter((fault) => fault.startsWith("error")),
      ).toEqual([]);
    }
    for (const value of refused) {
      const faults = await faultsOf(withValue(path, value));
      expect(faults.some(isAt(path)), `${JSON.stringify(value)}: ${faults.join("; ")}`).toBe(true);
    }
  });

  test.each(["a", "0.x_y-z", "a".repeat(64)])("provider id %s is an id", async (id) => {
    expect(await faultsOf(gatewayDocument({ providers: [providerDocument({ id })] }))).toEqual([]);
  });

  test.each(["Upper", "-x", "a".repeat(65), ""])("provider id %j is none", async (id) => {
    const faults = await faultsOf(gatewayDocument({ providers: [providerDocument({ id })] }));

    expect(faults).toEqual([expect.stringMatching(/^error \S+ providers\S+\.id$/)]);
  });

  test.each(["*", "acme/*", "i".repeat(256)])("model id %s is an id", async (id) => {
    const provider = providerDocument({ models: [{ id }] });

    expect(await faultsOf(gatewayDocument({ providers: [provider] }))).toEqual([]);
  });

  test.each(["", "i".repeat(257)])("model id %j is none", async (id) => {
    const provider = providerDocument({ models: [{ id }] });

    expect(await faultsOf(gatewayDocument({ providers: [provider] }))).toEqual([
      expect.stringMatching(/^error \S+ providers\S+\.models\S+\.id$/),
    ]);
  });

  test.each([
    ["cache_ttl", "0s"],
    ["rotation_interval", "9s"],
    ["request_timeout", "0s"],
    ["max_concurrency", 0],
    ["max_concurrency", 257],
  ])("secrets.%s refuses %j", async (name, value) => {
    const secrets = { backend: "environment", [name]: value };

    expect(await faultsOf(gatewayDocument({ secrets }))).toEqual([
      expect.stringContaining(` secrets.${name}`),
    ]);
  });

  test.each(["2026.11.1", "1", "1.0", "1.2.3-rc.1+build"])(
    "version %s is a version",
    async (version) => {
      expect(await faultsOf(gatewayDocument({ version }))).toEqual([]);
    },
  );

  test.each(["v1", "1.2.3.4", ""])("version %j is none", async (version) => {
    expect(await faultsOf(gatewayDocument({ version }))).toEqual([
      expect.stringContaining(" version"),
    ]);
  });

  test("no provider at all is refused in these words", async () => {
    const [finding] = await findingsOf({ ...gatewayDocument(), providers: [] });

    expect(finding?.message).toContain("At least one provider required");
  });
});

describe("DIF-9 DIF-11 reload classes", () => {
  test.each([
    ["server.bind_address", "restart"],
    ["server.port", "restart"],
    ["server.tls_enabled", "restart"],
    ["server.http2_enabled", "restart"],
    ["server.grpc_enabled", "restart"],
    ["server.grpc_port", "restart"],
    ["observability.tracing.backend", "restart"],
    ["observability.metrics.backend", "restart"],
    ["observability.metrics.endpoint", "restart"],
    ["observability.metrics.latency_buckets", "restart"],
    ["server.tls_cert_path", "drain"],
    ["server.request_timeout", "drain"],
    ["server.keep_alive_timeout", "drain"],
    ["server.max_connections", "hot"],
    ["server.cors.max_age", "hot"],
    ["providers[p].endpoint", "drain"],
    ["providers[p].allow_insecure", "drain"],
    ["providers[p].api_version", "drain"],
    ["providers[p].auth.key", "drain"],
    ["providers[p].connection_pool.max_idle", "drain"],
    ["providers[p].proxy", "drain"],
    ["providers[p].weight", "hot"],
    ["providers[p].models[m].weight", "hot"],
    ["routing.policy.rules[r].priority", "hot"],
    ["routing.cache.backend", "drain"],
    ["routing.cache.default_ttl", "hot"],
    ["routing.cache.redis.pool_size", "drain"],
    ["resilience.timeouts.request", "hot"],
    ["observability.tracing.endpoint", "drain"],
    ["observability.audit.output", "drain"],
    ["observability.audit.required", "hot"],
    ["security.rate_limiting.backend", "drain"],
    ["security.tls.min_version", "drain"],
    ["security.authentication.enabled", "hot"],
    ["secrets.cache_ttl", "hot"],
    ["extensions.generation", "hot"],
  ])("DIF-11 %s is %s", (path, reload) => {
    expect(gatewaySchema.field(path)?.reload).toBe(reload);
  });
});

describe("CFG-6 aliases", () => {
  test.each(["base_url", "api_base"])("CFG-6 %s is endpoint", async (alias) => {
    const provider = providerDocument({ [alias]: "https://proxy.example/v1" });

    const config = await loadDocument(gatewayDocument({ providers: [provider] }));

    expect(config.providers[0]?.endpoint).toBe("https://proxy.example/v1");
  });

  test("CFG-6 an alias beside the canonical key is a conflict", async () => {
    const endpoint = "https://proxy.example/v1";
    const provider = providerDocument({ endpoint, base_url: endpoint });

    expect(await faultsOf(gatewayDocument({ providers: [provider] }))).toEqual([
      expect.stringContaining("alias_conflict"),
    ]);
  });

  test("CFG-6 enum aliases come out canonical", async () => {
    const oauth = {
      type: "o_auth2",
      token_url: "https://login.example/token",
      client_id: "c",
      client_secret: "${env:S}",
    };
    const config = await loadDocument(
      gatewayDocument({
        providers: [providerDocument({ auth: oauth })],
        server: { tls_enabled: true, tls_cert_path: "/c.pem", tls_key_path: "/k.pem" },
        security: { authentication: { enabled: false }, tls: { min_version: "tls1.3" } },
        observability: {
          tracing: { backend: "otlp" },
          metrics: { backend: "opentelemetry", endpoint: "http://c:4318" },
        },
      }),
    );

    expect(config.providers[0]?.auth.type).toBe("oauth2");
    expect(config.security.tls?.min_version).toBe("tls13");
    expect(config.observability.tracing.backend).toBe("open_telemetry");
    expect(config.observability.metrics.backend).toBe("open_telemetry");
  });

  test.each([
    ["round-robin", "round_robin"],
    ["weighted_random", "weighted"],
    ["simple-shuffle", "weighted"],
    ["loadbalance", "weighted"],
    ["provider-weighted", "weighted"],
    ["model-weighted", "weighted"],
    ["least-busy", "least_connections"],
    ["least-connections", "least_connections"],
    ["latency-based-routing", "lowest_latency"],
    ["lowest-latency", "lowest_latency"],
    ["latency", "lowest_latency"],
    ["balanced-latency", "lowest_latency"],
    ["model-latency", "lowest_latency"],
    ["cost-based-routing", "lowest_cost"],
    ["price", "lowest_cost"],
    ["usage-based-routing", "lowest_usage"],
    ["usage-based-routing-v2", "lowest_usage"],
    ["lowest-usage", "lowest_usage"],
    ["throughput", "highest_throughput"],
    ["fallback", "priority"],
    ["routing", "priority"],
    ["priority", "priority"],
    ["consistent-hashing", "consistent_hash"],
  ])("CFG-6 strategy %s is %s", async (alias, strategy) => {
    const { routing } = await loadDocument(
      gatewayDocument({ routing: { default_strategy: alias } }),
    );

    expect(routing.default_strategy).toBe(strategy);
    expect(routing.policy.default_strategy).toBe(strategy);
  });
});
