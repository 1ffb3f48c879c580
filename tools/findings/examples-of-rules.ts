import { rules } from "../../packages/gateway/src/index.ts";
import { auditSpool } from "../../packages/gateway/src/rules/audit-spool.ts";
import { below, type FindingExample, whole } from "./finding-example.ts";

/** What business rules and JSON Schemas of one's own find. */
export const EXAMPLES_OF_RULES: readonly FindingExample[] = [
  below(
    "audit_spool",
    "observability: { audit: { enabled: true, output: { type: s3, bucket: b, prefix: p } } }\n",
    "Start the gateway with a `stateDir`, in which records wait.",
    {
      note: "Started without `stateDir`.",
      rules: { "audit_spool, which is always on": auditSpool(undefined) },
    },
  ),
  below(
    "fallback_cycle",
    "routing:\n  policy:\n    rules:\n      - { id: r, condition: { type: model_name, pattern: m }, action: { type: route_to_provider, provider_id: a, fallback_models: [n] } }\n      - { id: s, condition: { type: model_name, pattern: n }, action: { type: route_to_provider, provider_id: a, fallback_models: [m] } }\n",
    "End one of the chains.",
    { rules: { "rules.fallbackCycle()": rules.fallbackCycle() } },
  ),
  below(
    "json_schema_violation",
    "metadata: { owner: somebody }\n",
    "Write the value as your own schema wants it.",
    {
      jsonSchema: {
        properties: { metadata: { properties: { owner: { enum: ["team-a", "team-b"] } } } },
      },
    },
  ),
  below(
    "model_coverage",
    "routing:\n  policy:\n    rules:\n      - { id: r, condition: { type: model_name, pattern: gpt-* }, action: { type: route_to_provider, provider_id: a } }\n",
    "Correct the pattern, or give an enabled provider such a model.",
    {
      rules: {
        "rules.modelCoverage(), which is on unless rules.modelCoverage is false":
          rules.modelCoverage(),
      },
    },
  ),
  whole(
    "no_literal_secrets",
    "providers:\n  - { id: a, type: openai, auth: { type: bearer, token: sk-1 }, models: [{ id: m }] }\n",
    "Put the secret where secrets are kept, and write a reference.",
    { rules: { "rules.noLiteralSecrets()": rules.noLiteralSecrets() } },
  ),
  whole(
    "no_plain_http",
    'providers:\n  - { id: a, type: vllm, endpoint: "http://10.0.0.7:8000", models: [{ id: m }] }\n',
    "Let the provider answer over TLS.",
    { rules: { "rules.noPlainHttp()": rules.noPlainHttp() } },
  ),
  whole(
    "provider_redundancy",
    "providers:\n  - { id: a, type: ollama, models: [{ id: m }] }\n",
    "Enable another provider, or relax the rule where one is enough.",
    {
      rules: {
        "rules.providerRedundancy(), which is on unless rules.providerRedundancy is false":
          rules.providerRedundancy(),
      },
    },
  ),
  below(
    "retry_exceeds_timeout",
    "resilience: { retry_policy: { max_retries: 5, initial_backoff: 10s, max_backoff: 60s, total_timeout: 30s } }\n",
    "Retry less often or sooner, or give all of it more time.",
    { rules: { "rules.retryExceedsTimeout()": rules.retryExceedsTimeout() } },
  ),
  whole(
    "single_region",
    "providers:\n  - { id: a, type: ollama, region: eu-west-1, models: [{ id: m }] }\n",
    "Have the model served from a second region.",
    { rules: { "rules.singleRegion()": rules.singleRegion() } },
  ),
];
