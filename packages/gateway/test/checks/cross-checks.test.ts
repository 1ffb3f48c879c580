import type { JsonObject } from "@llmcfg/core";
import { expect, test } from "vitest";
import {
  documentWithRules,
  faultsOf,
  findingsOf,
  gatewayDocument,
  providerDocument,
  QUIET_SECURITY,
} from "../support/load-document.ts";

/** What is wrong, and the one finding that says so. */
type Case = readonly [what: string, document: JsonObject, finding: string];

const ALWAYS = { type: "always" };
const ROUTE = { type: "route_to_provider", provider_id: "openai" };

const CACHE = { backend: "memory", default_ttl: "5m", max_entries: 100 };

function one(provider: JsonObject): JsonObject {
  return gatewayDocument({
    providers: [providerDocument(), providerDocument({ id: "p", ...provider })],
  });
}

function model(members: JsonObject): JsonObject {
  return one({ models: [{ id: "m", ...members }] });
}

function rule(action: JsonObject): JsonObject {
  return documentWithRules({ id: "r", condition: ALWAYS, action });
}

function rewrites(...pairs: readonly (readonly [from: string, to: string])[]): JsonObject {
  return documentWithRules(
    ...pairs.map(([from, to], i) => ({
      id: `r${i}`,
      condition: { type: "model_name", pattern: from },
      action: { type: "rewrite_model", model: to },
    })),
  );
}

const CASES: readonly Case[] = [
  // server
  [
    "TLS without certificate",
    gatewayDocument({ server: { tls_enabled: true } }),
    "error tls_incomplete server.tls_cert_path",
  ],
  [
    "a certificate without key",
    gatewayDocument({ server: { tls_enabled: true, tls_cert_path: "/c.pem" } }),
    "error tls_incomplete server.tls_key_path",
  ],
  [
    "TLS settings while TLS is off",
    gatewayDocument({ security: { ...QUIET_SECURITY, tls: { min_version: "tls13" } } }),
    "warning tls_unused security.tls",
  ],
  [
    "gRPC on the port itself",
    gatewayDocument({ server: { grpc_enabled: true, grpc_port: 8080 } }),
    "error grpc_port_conflict server.grpc_port",
  ],
  [
    "gRPC without HTTP/2",
    gatewayDocument({ server: { grpc_enabled: true, http2_enabled: false } }),
    "error grpc_needs_http2 server.http2_enabled",
  ],
  [
    "a port for gRPC that is off",
    gatewayDocument({ server: { grpc_port: 9090 } }),
    "warning grpc_port_unused server.grpc_port",
  ],
  [
    "every origin with credentials",
    gatewayDocument({
      server: {
        cors: {
          allowed_origins: ["*"],
          allowed_methods: ["GET"],
          allowed_headers: ["*"],
          max_age: "1h",
          allow_credentials: true,
        },
      },
    }),
    "error cors_wildcard_credentials server.cors.allowed_origins[0]",
  ],

  // providers
  [
    "an id twice",
    gatewayDocument({ providers: [providerDocument(), providerDocument()] }),
    "error duplicate_id providers[openai]",
  ],
  [
    "an alias that is an id",
    one({ models: [{ id: "a" }, { id: "b", aliases: ["a"] }] }),
    "error alias_clash providers[p].models[b].aliases[0]",
  ],
  [
    "an alias twice",
    one({
      models: [
        { id: "a", aliases: ["x"] },
        { id: "b", aliases: ["x"] },
      ],
    }),
    "error alias_clash providers[p].models[b].aliases[0]",
  ],
  ["no models", one({ models: [] }), "error provider_without_models providers[p].models"],
  [
    "no endpoint where the type has none",
    one({ type: "vllm", auth: { type: "none" } }),
    "error provider_type_requirement providers[p].endpoint",
  ],
  [
    "no api_version for Azure",
    one({ type: "azure_openai", endpoint: "https://acme.openai.azure.com" }),
    "error provider_type_requirement providers[p].api_version",
  ],
  [
    "no credential where one is needed",
    one({ auth: { type: "none" } }),
    "error provider_type_requirement providers[p].auth.type",
  ],
  [
    "a key in header and query",
    one({ auth: { type: "api_key", key: "${env:K}", header: "x-key", query_param: "key" } }),
    "error provider_type_requirement providers[p].auth.query_param",
  ],
  [
    "a key where the type has no header for it",
    one({ type: "google_vertex", endpoint: "https://us-aiplatform.googleapis.com" }),
    "error provider_type_requirement providers[p].auth.header",
  ],
  [
    "Bedrock in a region that nobody names",
    one({ type: "aws_bedrock" }),
    "error provider_type_requirement providers[p].endpoint",
  ],
  [
    "http to a public host",
    one({ endpoint: "http://llm.example.com/v1" }),
    "error insecure_endpoint providers[p].endpoint",
  ],
  [
    "http to a public host, allowed",
    one({ endpoint: "http://llm.example.com/v1", allow_insecure: true }),
    "warning insecure_endpoint providers[p].endpoint",
  ],
  [
    "half an AWS key",
    one({
      type: "aws_bedrock",
      auth: { type: "aws_sigv4", region: "eu-west-1", access_key_id: "${env:ID}" },
    }),
    "error credential_pair_incomplete providers[p].auth.secret_access_key",
  ],
  [
    "two credentials for Azure",
    one({
      type: "azure_openai",
      endpoint: "https://a.openai.azure.com",
      api_version: "1",
      auth: {
        type: "azure_ad",
        tenant_id: "t",
        client_id: "c",
        client_secret: "${env:S}",
        managed_identity: true,
      },
    }),
    "error credential_pair_incomplete providers[p].auth.client_secret",
  ],
  [
    "a sunset before the deprecation",
    model({ deprecated_at: "2027-02-01T00:00:00Z", sunset_at: "2027-01-01T00:00:00Z" }),
    "error sunset_before_deprecated providers[p].models[m].sunset_at",
  ],
  [
    "a model that should not be used any more",
    model({ deprecated_at: "2020-01-01T00:00:00Z", sunset_at: "2999-01-01T00:00:00Z" }),
    "warning model_deprecated providers[p].models[m].deprecated_at",
  ],
  [
    "a model that has ended",
    model({ deprecated_at: "2020-01-01T00:00:00Z", sunset_at: "2021-01-01T00:00:00Z" }),
    "warning model_sunset providers[p].models[m].sunset_at",
  ],
  [
    "a checksum of another document",
    gatewayDocument({ metadata: { checksum: "0".repeat(64) } }),
    "error checksum_mismatch metadata.checksum",
  ],
  [
    "credentials of another cloud",
    one({ auth: { type: "gcp", project_id: "p", location: "l" } }),
    "error provider_type_requirement providers[p].auth.type",
  ],
  [
    "more output than window",
    model({ context_window: 1000, max_output_tokens: 1001 }),
    "warning output_above_window providers[p].models[m].max_output_tokens",
  ],

  // routing
  [
    "a provider that is not there",
    rule({ ...ROUTE, provider_id: "opanai" }),
    "error unknown_provider routing.policy.rules[r].action.provider_id",
  ],
  [
    "a fallback that is not there",
    rule({ ...ROUTE, fallbacks: ["other", "third"] }),
    "error unknown_provider routing.policy.rules[r].action.fallbacks[1]",
  ],
  [
    "a split target that is not there",
    rule({ type: "split", targets: [{ provider_id: "x", weight: 1 }] }),
    "error unknown_provider routing.policy.rules[r].action.targets[0].provider_id",
  ],
  [
    "a filter that names nobody",
    rule({ type: "balance", strategy: "weighted", filter: { ignore: ["x"] } }),
    "error unknown_provider routing.policy.rules[r].action.filter.ignore[0]",
  ],
  [
    "a default filter that names nobody",
    gatewayDocument({ routing: { policy: { default_provider_filter: { only: ["x"] } } } }),
    "error unknown_provider routing.policy.default_provider_filter.only[0]",
  ],
  [
    "a target that is disabled",
    gatewayDocument({
      providers: [providerDocument(), providerDocument({ id: "other", enabled: false })],
      routing: {
        policy: {
          rules: [{ id: "r", condition: ALWAYS, action: { ...ROUTE, provider_id: "other" } }],
        },
      },
    }),
    "warning disabled_provider_target routing.policy.rules[r].action.provider_id",
  ],
  [
    "a fallback to itself",
    rule({ ...ROUTE, fallbacks: ["openai"] }),
    "error fallback_self routing.policy.rules[r].action.fallbacks[0]",
  ],
  [
    "a fallback twice",
    rule({ ...ROUTE, fallbacks: ["other", "other"] }),
    "error fallback_duplicate routing.policy.rules[r].action.fallbacks[1]",
  ],
  [
    "asked for and ignored",
    rule({ type: "balance", strategy: "weighted", filter: { only: ["other"], ignore: ["other"] } }),
    "error filter_overlap routing.policy.rules[r].action.filter.only[0]",
  ],
  [
    "a split without weight",
    rule({ type: "split", targets: [{ provider_id: "openai", weight: 0 }] }),
    "error split_zero_weight routing.policy.rules[r].action.targets",
  ],
  [
    "the usual default strategy beside another of the policy",
    gatewayDocument({
      routing: { default_strategy: "round_robin", policy: { default_strategy: "random" } },
    }),
    "warning default_strategy_conflict routing.default_strategy",
  ],
  [
    "two default strategies",
    gatewayDocument({
      routing: { default_strategy: "weighted", policy: { default_strategy: "random" } },
    }),
    "warning default_strategy_conflict routing.default_strategy",
  ],
  [
    "a shadow without its feature",
    rule({ type: "shadow", provider_id: "other", percent: 5 }),
    "warning feature_flag_off routing.policy.rules[r].action",
  ],
  [
    "caching without a cache",
    gatewayDocument({ routing: { enable_caching: true } }),
    "error caching_without_cache routing.cache",
  ],
  [
    "Redis as cache without Redis",
    gatewayDocument({ routing: { cache: { ...CACHE, backend: "redis" } } }),
    "error cache_backend_incomplete routing.cache.redis",
  ],
  [
    "Memcached as cache without Memcached",
    gatewayDocument({ routing: { cache: { ...CACHE, backend: "memcached" } } }),
    "error cache_backend_incomplete routing.cache.memcached",
  ],
  [
    "similar, but how similar",
    gatewayDocument({ routing: { cache: { ...CACHE, semantic_caching: true } } }),
    "error semantic_without_threshold routing.cache.similarity_threshold",
  ],
  [
    "a feature that is off by name while the cache has it on",
    gatewayDocument({
      features: { semantic_caching: false },
      routing: { cache: { ...CACHE, semantic_caching: true, similarity_threshold: 0.9 } },
    }),
    "warning semantic_flag_conflict features.semantic_caching",
  ],
  [
    "a feature that the cache overrules",
    gatewayDocument({ features: { semantic_caching: true }, routing: { cache: CACHE } }),
    "warning semantic_flag_conflict features.semantic_caching",
  ],
  [
    "a rewrite that returns",
    rewrites(["a", "b"], ["b", "a"]),
    "error rewrite_cycle routing.policy.rules[r0].action.model",
  ],
  [
    "eleven rewrites in a row",
    rewrites(...Array.from({ length: 11 }, (_, i) => [`m${i}`, `m${i + 1}`] as const)),
    "error rewrite_cycle routing.policy.rules[r0].action.model",
  ],
  [
    "a rule behind one that always holds",
    documentWithRules(
      { id: "all", condition: ALWAYS, action: ROUTE },
      { id: "r", condition: { type: "tenant", ids: ["a"] }, action: ROUTE },
    ),
    "warning rule_unreachable routing.policy.rules[r]",
  ],
  [
    "a rule behind one with an equal condition",
    documentWithRules(
      { id: "r", priority: 2, condition: { type: "user", ids: ["a"] }, action: ROUTE },
      { id: "first", priority: 1, condition: { ids: ["a"], type: "user" }, action: ROUTE },
    ),
    "warning rule_unreachable routing.policy.rules[r]",
  ],

  // resilience
  [
    "connect above request",
    gatewayDocument({ resilience: { timeouts: { connect: "20s", request: "10s" } } }),
    "error timeout_order resilience.timeouts.connect",
  ],
  [
    "a first token after the end",
    gatewayDocument({ resilience: { timeouts: { first_token: "11m" } } }),
    "error timeout_order resilience.timeouts.first_token",
  ],
  [
    "an overlay above what it inherits",
    one({ timeouts: { connect: "90s" } }),
    "error timeout_order providers[p].timeouts.connect",
  ],
  [
    "an overlay of a model",
    model({ timeouts: { stream_total: "30s", first_token: "10s" } }),
    "error timeout_order providers[p].models[m].timeouts.stream_total",
  ],
  [
    "longer than the server waits",
    gatewayDocument({ resilience: { timeouts: { request: "2m" } } }),
    "warning timeout_above_server resilience.timeouts.request",
  ],
  [
    "waits that shrink",
    gatewayDocument({ resilience: { retry_policy: { initial_backoff: "20s" } } }),
    "error backoff_order resilience.retry_policy.initial_backoff",
  ],
  [
    "a breaker that closes sooner",
    one({ circuit_breaker: { max_open_duration: "10s" } }),
    "error backoff_order providers[p].circuit_breaker.max_open_duration",
  ],
  [
    "a probe as long as its interval",
    gatewayDocument({ resilience: { health_check: { timeout: "30s" } } }),
    "error backoff_order resilience.health_check.timeout",
  ],
  [
    "a completion without a model",
    gatewayDocument({ resilience: { health_check: { probe: "completion" } } }),
    "error probe_model_missing resilience.health_check.probe_model",
  ],

  // security, observability, secrets
  [
    "a default that is nobody",
    gatewayDocument({ security: { authentication: { enabled: false, default_provider: "x" } } }),
    "error unknown_default_provider security.authentication.default_provider",
  ],
  [
    "authentication that knows nobody",
    gatewayDocument({ security: {} }),
    "warning auth_enabled_without_providers security.authentication.providers",
  ],
  [
    "a key that has the name which the place of another gives it",
    gatewayDocument({
      security: {
        authentication: {
          providers: [
            {
              type: "api_key",
              name: "internal",
              keys: [{ key: "${env:A}" }, { key: "${env:B}", id: "key-1" }],
            },
          ],
        },
      },
    }),
    "error duplicate_id security.authentication.providers[internal].keys[1].id",
  ],
  [
    "limits in a Redis that is not there",
    gatewayDocument({ security: { ...QUIET_SECURITY, rate_limiting: { backend: "redis" } } }),
    "error rate_limit_backend_incomplete security.rate_limiting.redis",
  ],
  [
    "less in an hour than in a minute",
    gatewayDocument({
      security: {
        ...QUIET_SECURITY,
        rate_limiting: { per_user: { requests_per_minute: 100, requests_per_hour: 99 } },
      },
    }),
    "warning rate_limit_order security.rate_limiting.per_user.requests_per_hour",
  ],
  [
    "client certificates without authority",
    gatewayDocument({
      server: { tls_enabled: true, tls_cert_path: "/c.pem", tls_key_path: "/k.pem" },
      security: { ...QUIET_SECURITY, tls: { min_version: "tls12", client_auth: true } },
    }),
    "error client_auth_without_ca security.tls.client_ca_cert_path",
  ],
  [
    "a path that is none",
    gatewayDocument({ observability: { metrics: { endpoint: "metrics" } } }),
    "error metrics_endpoint_kind observability.metrics.endpoint",
  ],
  [
    "a path where a host is meant",
    gatewayDocument({ observability: { metrics: { backend: "statsd" } } }),
    "error metrics_endpoint_kind observability.metrics.endpoint",
  ],
  [
    "buckets out of order",
    gatewayDocument({ observability: { metrics: { latency_buckets: [1, 1] } } }),
    "error buckets_not_ascending observability.metrics.latency_buckets[1]",
  ],
  [
    "neither token nor login",
    gatewayDocument({ secrets: { backend: "vault", address: "https://v:8200", mount_path: "kv" } }),
    "error vault_auth_ambiguous secrets.token",
  ],
  [
    "a secret for the secrets",
    gatewayDocument({
      secrets: {
        backend: "vault",
        address: "https://v:8200",
        mount_path: "kv",
        token: "${secret:vault/token}",
      },
    }),
    "error secret_in_secrets_block secrets.token",
  ],
];

test.each(CASES)("VAL-9 %s", async (_what, document, finding) => {
  expect(await faultsOf(document)).toEqual([finding]);
});

test("VAL-9 every code of the cross-field checks that are built is provoked above", async () => {
  const { CROSS_CHECKS } = await import("../../src/checks/cross-checks.ts");
  const provoked = new Set(CASES.map(([, , finding]) => finding.split(" ")[1]));

  expect(CROSS_CHECKS.map(({ code }) => code).filter((code) => !provoked.has(code))).toEqual([]);
});

test("VAL-9 a document without faults has no findings", async () => {
  expect(await faultsOf(gatewayDocument())).toEqual([]);
});

test("VAL-7 a provider that is not there is named, with the nearest one that is", async () => {
  const [finding] = await findingsOf(rule({ ...ROUTE, provider_id: "opanai" }));

  expect(finding).toMatchObject({
    kind: "cross_field_validation",
    message: "there is no provider opanai",
    hint: "did you mean openai?",
  });
});

test("VAL-9 a finding names every place that is involved", async () => {
  const [finding] = await findingsOf(
    gatewayDocument({ server: { grpc_enabled: true, grpc_port: 8080 } }),
  );

  expect(finding?.related?.map(({ path }) => path)).toEqual(["server.port"]);
});

test("VAL-9 a rewrite that another rule may prevent, but need not, is a circle", async () => {
  const document = documentWithRules(
    { id: "vip", condition: { type: "tenant", ids: ["vip"] }, action: ROUTE },
    {
      id: "a",
      condition: { type: "model_name", pattern: "a" },
      action: { type: "rewrite_model", model: "b" },
    },
    {
      id: "b",
      condition: {
        type: "and",
        conditions: [
          { type: "model_name", pattern: "b" },
          { type: "user", ids: ["u"] },
        ],
      },
      action: { type: "rewrite_model", model: "a" },
    },
  );

  expect(await faultsOf(document)).toEqual([
    "error rewrite_cycle routing.policy.rules[b].action.model",
  ]);
});

test("VAL-9 a rewrite that ends in a route is none, nor is one that always holds", async () => {
  const document = documentWithRules(
    { id: "big", condition: { type: "model_name", pattern: "gpt-4o" }, action: ROUTE },
    { id: "cheap", condition: ALWAYS, action: { type: "rewrite_model", model: "gpt-4o" } },
  );

  expect(await faultsOf(document)).toEqual([]);
});

test("VAL-8 an id of a routing rule stands once", async () => {
  const rule = { id: "eu", condition: { type: "always" }, action: { type: "reject", reason: "x" } };

  const findings = await faultsOf(documentWithRules(rule, { ...rule }));

  expect(findings).toContain("error duplicate_id routing.policy.rules[eu]");
});
