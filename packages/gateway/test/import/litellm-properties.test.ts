import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { exportText, importText, variablesFor, withVariables } from "../support/litellm-files.ts";

const NAMES = ["gpt-4o", "claude", "embed", "*", "openai/*", "a b", "x${y}"];

const scalar = fc.oneof(
  fc.constantFrom(
    "os.environ/KEY",
    "os.environ/other-key",
    "sk-1234",
    "on",
    "",
    "a${b}",
    "$${c}",
    "1e5",
    "0.5",
  ),
  fc.integer({ min: -2, max: 20_000 }),
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.boolean(),
  fc.constant(null),
);

const params = fc.record(
  {
    model: fc.constantFrom(
      "gpt-4o",
      "openai/gpt",
      "azure/gpt",
      "bedrock/x",
      "sagemaker/x",
      "vertex_ai/g",
      "ollama/l",
      "perplexity/s",
    ),
    api_base: fc.constantFrom(
      "https://api.openai.com/v1",
      "https://h.example.com/",
      "http://localhost:1",
      "os.environ/BASE",
      "bad",
    ),
    api_key: scalar,
    rpm: scalar,
    tpm: scalar,
    weight: scalar,
    order: scalar,
    timeout: scalar,
    stream_timeout: scalar,
    max_retries: scalar,
    temperature: scalar,
    input_cost_per_token: scalar,
    tags: fc.array(fc.constantFrom("fast", "cheap"), { maxLength: 2 }),
    extra_headers: fc.dictionary(fc.constantFrom("X-A", "Authorization", "x-api-key"), scalar),
    something_else: fc.oneof(
      scalar,
      fc.array(scalar, { maxLength: 2 }),
      fc.dictionary(fc.constantFrom("a", "b"), scalar),
    ),
  },
  { requiredKeys: ["model"] },
);

const deployment = fc.record(
  {
    model_name: fc.constantFrom(...NAMES),
    litellm_params: params,
    model_info: fc.record(
      { mode: fc.constantFrom("chat", "embedding", "odd"), id: scalar, max_tokens: scalar },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["model_name", "litellm_params"] },
);

const fallbacks = fc.array(
  fc.dictionary(
    fc.constantFrom(...NAMES, "unknown"),
    fc.array(fc.constantFrom(...NAMES, "unknown"), { maxLength: 3 }),
    { maxKeys: 1 },
  ),
  { maxLength: 4 },
);

const shared = {
  num_retries: scalar,
  allowed_fails: scalar,
  cooldown_time: scalar,
  timeout: scalar,
  request_timeout: scalar,
  stream_timeout: scalar,
  fallbacks,
  context_window_fallbacks: fallbacks,
  default_fallbacks: fc.array(fc.constantFrom(...NAMES), { maxLength: 2 }),
};

const configuration = fc.record(
  {
    model_list: fc.array(deployment, { minLength: 1, maxLength: 6 }),
    router_settings: fc.record(
      {
        ...shared,
        routing_strategy: fc.constantFrom("simple-shuffle", "least-busy", "odd-one"),
        retry_after: scalar,
        model_group_alias: fc.dictionary(
          fc.constantFrom("alias", "gpt-4o", "other"),
          fc.constantFrom(...NAMES),
        ),
        enable_tag_filtering: scalar,
      },
      { requiredKeys: [] },
    ),
    litellm_settings: fc.record(
      {
        ...shared,
        cache: scalar,
        cache_params: fc.record(
          { type: fc.constantFrom("local", "redis", "s3"), host: scalar, ttl: scalar },
          { requiredKeys: [] },
        ),
        callbacks: fc.array(fc.constantFrom("prometheus", "otel", "langfuse", "datadog"), {
          maxLength: 3,
        }),
        json_logs: scalar,
      },
      { requiredKeys: [] },
    ),
    general_settings: fc.record(
      { master_key: scalar, health_check_interval: scalar, odd: scalar },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["model_list"] },
);

test("GWI-1 GWI-2 whatever a configuration holds, every leaf has one disposition", async () => {
  await fc.assert(
    fc.asyncProperty(configuration, async (given) => {
      const { report } = await importText(stringify(given), { literals: "redact" });

      expect(report.entries.filter(({ from }) => from !== undefined)).toHaveLength(
        report.inputLeaves,
      );
      expect(report.inputLeaves).toBe(leavesOf(given));
    }),
    { numRuns: 40 },
  );
});

test("GWI-6 what is imported is the same after an export", async () => {
  await fc.assert(
    fc.asyncProperty(configuration, async (given) => {
      const first = await importText(stringify(given), { literals: "redact" });
      if (first.document === undefined) return;
      const variables = variablesFor(first.document);

      const again = await importText(await exportText(first.document, variables), {
        literals: "redact",
      });

      expect(again.document).toEqual(withVariables(first.document, variables));
    }),
    { numRuns: 40 },
  );
});

test("GWI-6 GWI-3 a credential that was stored is the same after an export, preserved ones included", async () => {
  const given = stringify({
    model_list: [
      {
        model_name: "gpt-4o",
        litellm_params: { model: "openai/gpt-4o", api_key: "sk-canary-key" },
      },
    ],
    general_settings: {
      master_key: "sk-canary-master",
      database_url: "postgres://u:canary-password@db.example.com/llm",
    },
    litellm_settings: {
      cache_params: { type: "s3", s3_aws_secret_access_key: "canary-of-the-cache" },
    },
  });
  const stored = new Map<string, string>();
  const moveTo = async (path: string, value: Uint8Array) => {
    stored.set(path, new TextDecoder().decode(value));
    return `\${secret:${path}}`;
  };

  const first = await importText(given, { literals: { moveTo } });
  const variables = variablesFor(first.document ?? null);
  const exported = await exportText(first.document ?? null, variables);
  const again = await importText(exported, { literals: { moveTo } });

  expect(stored.size).toBe(4); // nothing was stored a second time
  expect(Object.keys(variables).toSorted()).toEqual([...stored.keys()].toSorted());
  expect(first.text).not.toContain("canary");
  expect(exported).not.toContain("canary");
  expect(again.document).toEqual(withVariables(first.document ?? null, variables));
  expect(first.document).toMatchObject({
    extensions: {
      litellm: {
        general_settings: {
          database_url: "${secret:imported/litellm/general_settings/database_url}",
        },
      },
    },
  });
});

/** Counted by itself: scalars, and empty lists and objects. */
function leavesOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  const members = Object.values(value);
  return members.length === 0
    ? 1
    : members.reduce<number>((sum, inner) => sum + leavesOf(inner), 0);
}
