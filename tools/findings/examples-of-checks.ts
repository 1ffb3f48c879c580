import { below, type FindingExample, PROVIDERS, whole } from "./finding-example.ts";

const rule = (action: string, condition = "{ type: always }") =>
  `routing:\n  policy:\n    rules:\n      - id: r\n        condition: ${condition}\n        action: ${action}\n`;
const provider = (members: string) => `providers:\n  - { id: a, ${members} }\n`;
const local = (members: string) => provider(`type: ollama, ${members}`);
const cache = (members: string) =>
  `routing:\n  cache: { backend: memory, default_ttl: 5m, max_entries: 9, ${members} }\n`;
/** What the fields and the cross-field checks find. */
export const EXAMPLES_OF_CHECKS: readonly FindingExample[] = [
  whole(
    "alias_clash",
    local("models: [{ id: m, aliases: [n] }, { id: n }]"),
    "Give the alias to one model of the provider alone.",
  ),
  whole(
    "alias_conflict",
    provider('type: vllm, endpoint: "http://a:80", base_url: "http://b:80", models: [{ id: m }]'),
    "Write the value once, under its own name.",
  ),
  below(
    "auth_enabled_without_providers",
    "security: { authentication: { enabled: true } }\n",
    "Add a provider of authentication, or set `security.authentication.enabled: false`. In strict mode this is an error.",
  ),
  below(
    "backoff_order",
    "resilience: { retry_policy: { initial_backoff: 20s } }\n",
    "Raise the larger of the two, or lower the smaller.",
  ),
  below(
    "buckets_not_ascending",
    "observability: { metrics: { latency_buckets: [1, 1] } }\n",
    "Write every bound once, from the smallest to the largest.",
  ),
  below(
    "cache_backend_incomplete",
    "routing:\n  cache: { backend: redis, default_ttl: 5m, max_entries: 9 }\n",
    "Give the connection of the backend, or use `memory`.",
  ),
  below(
    "caching_without_cache",
    "routing: { enable_caching: true }\n",
    "Say where answers are kept: `routing.cache`.",
  ),
  below(
    "checksum_mismatch",
    `metadata: { checksum: "${"0".repeat(64)}" }\n`,
    "The layer is not what its checksum says. Look at what changed; if it is meant, write the checksum of the message.",
  ),
  below(
    "client_auth_without_ca",
    "security: { tls: { min_version: tls13, client_auth: true } }\n",
    "Give the authorities, or do not ask for certificates.",
  ),
  below(
    "cors_wildcard_credentials",
    'server:\n  cors: { allowed_origins: ["*"], allowed_methods: [GET], allowed_headers: [], max_age: 1h, allow_credentials: true }\n',
    "Name the origins that may send credentials.",
  ),
  whole(
    "credential_pair_incomplete",
    provider(
      'type: aws_bedrock, auth: { type: aws_sigv4, region: eu-west-1, access_key_id: "${env:HOME}" }, models: [{ id: m }]',
    ),
    "Give both halves of the credential, or neither.",
  ),
  below(
    "default_strategy_conflict",
    "routing: { default_strategy: random, policy: { default_strategy: weighted } }\n",
    "Keep the one of the policy, which decides.",
  ),
  whole(
    "disabled_provider_target",
    `${PROVIDERS}  - { id: c, type: ollama, enabled: false }\n${rule("{ type: route_to_provider, provider_id: c }")}`,
    "Enable the provider, or lead the rule elsewhere.",
  ),
  whole(
    "duplicate_id",
    `${PROVIDERS}  - { id: a, type: ollama, models: [{ id: m }] }\n`,
    "Give every item of the list a key of its own.",
  ),
  below(
    "duration_out_of_range",
    "server: { request_timeout: 400d }\n",
    "Durations are from 0 to 365 days.",
  ),
  below("duration_without_unit", 'server: { request_timeout: "30" }\n', "Write the unit."),
  below(
    "embedded_reference",
    'server: { max_connections: "1${env:HOME}" }\n',
    "Write the reference alone: only text may have it among other characters.",
  ),
  below(
    "fallback_duplicate",
    rule("{ type: route_to_provider, provider_id: a, fallbacks: [b, b] }"),
    "Name every fallback once.",
  ),
  below(
    "fallback_self",
    rule("{ type: route_to_provider, provider_id: a, fallbacks: [a] }"),
    "Remove the provider from its own fallbacks.",
  ),
  below(
    "feature_flag_off",
    rule("{ type: shadow, provider_id: a, percent: 5 }"),
    "Switch on `features.ab_testing`, or remove the rule.",
  ),
  below(
    "field_validation",
    "server: { bind_address: example.com }\n",
    "Write a value that the field allows; its description says which.",
  ),
  below(
    "file_unreadable",
    'server: { bind_address: "${file:/missing}" }\n',
    "Put the file there, or let the process read it.",
  ),
  below(
    "filter_overlap",
    "routing: { policy: { default_provider_filter: { only: [a], ignore: [a] } } }\n",
    "Name the provider in one of the two.",
  ),
  below(
    "grpc_needs_http2",
    "server: { grpc_enabled: true, http2_enabled: false }\n",
    "Switch on HTTP/2, or give gRPC a port of its own.",
  ),
  below(
    "grpc_port_conflict",
    "server: { grpc_enabled: true, grpc_port: 8080 }\n",
    "Leave out `grpc_port` to share the port, or take another one.",
  ),
  below("grpc_port_unused", "server: { grpc_port: 9090 }\n", "Switch on gRPC, or remove the port."),
  whole(
    "insecure_endpoint",
    provider('type: vllm, endpoint: "http://llm.example.com", models: [{ id: m }]'),
    "Use https. `allow_insecure: true` permits it and leaves a warning.",
  ),
  below(
    "invalid_duration",
    "server: { request_timeout: 1 month }\n",
    "Write whole numbers with units, largest first: `1m 30s`.",
  ),
  below(
    "invalid_format",
    'version: 1\nserver: { cors: { allowed_origins: [], allowed_methods: ["GET POST"], allowed_headers: [], max_age: 1h } }\n',
    "Write the value in the form that the message names.",
  ),
  below(
    "invalid_glob",
    rule("{ type: reject, reason: no }", '{ type: model_name, pattern: "[a" }'),
    "Close brackets and braces, or escape them with a backslash.",
  ),
  below(
    "invalid_size",
    "server: { max_body_size: 10 megabytes }\n",
    "Write whole bytes, or a number with one of the units of the hint.",
  ),
  below(
    "invalid_time",
    "metadata: { last_modified: yesterday }\n",
    "Write date, time and offset of RFC 3339.",
  ),
  whole(
    "literal_secret",
    provider("type: openai, auth: { type: bearer, token: sk-1 }, models: [{ id: m }]"),
    "Put the secret where secrets are kept, and write a reference. In strict mode this is an error.",
  ),
  below(
    "malformed_reference",
    'metadata: { owner: "${env:}" }\n',
    "Write the reference as the message shows, or `$${` for the two characters.",
  ),
  below(
    "metrics_endpoint_kind",
    "observability: { metrics: { endpoint: metrics } }\n",
    "Give a path for Prometheus, a URL or `host:port` for the others.",
  ),
  whole(
    "model_deprecated",
    local("models: [{ id: m, deprecated_at: 2020-01-01T00:00:00Z }]"),
    "Move to another model before this one ends.",
  ),
  whole(
    "model_sunset",
    local("models: [{ id: m, sunset_at: 2020-01-01T00:00:00Z }]"),
    "Remove the model, or correct its date.",
  ),
  below("operator_misused", "server: { $unset: false }\n", "Use the operator as the message says."),
  below("out_of_range", "server: { port: 0 }\n", "Take a value within the bounds."),
  whole(
    "output_above_window",
    local("models: [{ id: m, context_window: 10, max_output_tokens: 20 }]"),
    "Correct one of the two numbers.",
  ),
  below(
    "probe_model_missing",
    "resilience: { health_check: { probe: completion } }\n",
    "Name the model that is asked.",
  ),
  whole(
    "provider_type_requirement",
    provider("type: vllm, models: [{ id: m }]"),
    "Give what the message names.",
  ),
  whole(
    "provider_without_models",
    provider("type: ollama"),
    "List models, let them be discovered, or disable the provider.",
  ),
  below(
    "rate_limit_backend_incomplete",
    "security: { rate_limiting: { backend: redis } }\n",
    "Give a connection, or count in `memory`.",
  ),
  below(
    "rate_limit_order",
    "security: { rate_limiting: { global: { requests_per_minute: 10, requests_per_hour: 5 } } }\n",
    "Let the longer time allow at least what the shorter one does.",
  ),
  below(
    "rewrite_cycle",
    "routing:\n  policy:\n    rules:\n      - { id: r, condition: { type: model_name, pattern: m }, action: { type: rewrite_model, model: n } }\n      - { id: s, condition: { type: model_name, pattern: n }, action: { type: rewrite_model, model: m } }\n",
    "Let one of the rules lead to a provider.",
  ),
  below(
    "rule_unreachable",
    "routing:\n  policy:\n    rules:\n      - { id: r, condition: { type: always }, action: { type: reject, reason: no } }\n      - { id: s, condition: { type: always }, action: { type: reject, reason: no } }\n",
    "Move the rule before the one that always decides, or remove it.",
  ),
  below(
    "schema_violation",
    'server: { port: "80" }\n',
    "Write a value of the type that is expected.",
  ),
  below(
    "secret_in_identifier",
    'metadata: { owner: "${secret:owner}" }\n',
    "Names are shown: use text or `${env:…}`.",
  ),
  below(
    "secret_in_secrets_block",
    'secrets: { backend: vault, address: "https://vault", mount_path: kv, token: "${secret:token}" }\n',
    "Use `${env:…}` or `${file:…}` for what the backend itself needs.",
  ),
  below(
    "semantic_flag_conflict",
    `features: { semantic_caching: true }\n${cache("semantic_caching: false")}`,
    "Set the switch of `routing.cache` alone.",
  ),
  below(
    "semantic_without_threshold",
    cache("semantic_caching: true"),
    "Give `similarity_threshold`.",
  ),
  below(
    "split_zero_weight",
    rule("{ type: split, targets: [{ provider_id: a, weight: 0 }] }"),
    "Give one target a weight above 0.",
  ),
  whole(
    "sunset_before_deprecated",
    local(
      "models: [{ id: m, deprecated_at: 2998-01-01T00:00:00Z, sunset_at: 2997-01-01T00:00:00Z }]",
    ),
    "Let the model be deprecated before it ends.",
  ),
  below(
    "timeout_above_server",
    "resilience: { timeouts: { request: 2m } }\n",
    "Raise `server.request_timeout`, or lower the other.",
  ),
  below(
    "timeout_order",
    "resilience: { timeouts: { connect: 2m } }\n",
    "Raise the larger of the two, or lower the smaller.",
  ),
  below("tls_incomplete", "server: { tls_enabled: true }\n", "Give certificate and key."),
  below(
    "tls_unused",
    "security: { tls: { min_version: tls13 } }\n",
    "Switch TLS on, or remove its settings.",
  ),
  below(
    "unknown_default_provider",
    "security: { authentication: { enabled: false, default_provider: x } }\n",
    "Name a provider of the list.",
  ),
  below(
    "unknown_key",
    "server: { prot: 1 }\n",
    "Correct the name; what the gateway does not know belongs into `extensions`.",
  ),
  below(
    "unknown_operator",
    "server: { $remove: [port] }\n",
    "Use one of the operators of the hint.",
  ),
  below(
    "unknown_provider",
    rule("{ type: route_to_provider, provider_id: c }"),
    "Name one of the providers.",
  ),
  below(
    "unknown_reference_kind",
    'metadata: { owner: "${vault:x}" }\n',
    "Use `${secret:…}`, `${env:…}` or `${file:…}`.",
  ),
  below(
    "unresolvable_reference",
    'observability: { tracing: { endpoint: "${secret:url}" } }\n',
    "Say in `secrets` who answers for secrets.",
  ),
  below(
    "unset_variable",
    'metadata: { owner: "${env:UNSET}" }\n',
    "Set the variable, or give a default.",
  ),
  below(
    "vault_auth_ambiguous",
    'secrets: { backend: vault, address: "https://vault", mount_path: kv }\n',
    "Give exactly one of `token` and `auth`.",
  ),
];
