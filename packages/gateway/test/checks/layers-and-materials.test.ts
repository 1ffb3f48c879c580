import { generateKeyPairSync } from "node:crypto";
import {
  ConfigLoader,
  ConfigValidationError,
  type Finding,
  type LoaderOptions,
  type SecretsManager,
} from "@llmcfg/config";
import { createSecretMaterial } from "@llmcfg/config/secrets";
import type { JsonObject } from "@llmcfg/core";
import { gatewaySchema } from "@llmcfg/gateway";
import { describe, expect, test } from "vitest";
import { gatewayDocument, providerDocument, UNASKED } from "../support/load-document.ts";
import { CERTIFICATE, KEY } from "../support/tls-pair.ts";

describe("checksum_mismatch: the checksum that a layer gives is that of the layer", () => {
  test("CFG-1 AUD-7 the one that is asked for is accepted, whatever stands beside it informationally", async () => {
    const document = gatewayDocument({ version: "7" });
    const [finding] = await findingsOf({ ...document, metadata: { checksum: "0".repeat(64) } });
    const checksum = /[0-9a-f]{64}$/.exec(finding?.message ?? "")?.[0] ?? "";

    const metadata = { checksum, last_modified: "2026-11-25T10:00:00Z" };

    expect(await codesOf({ ...document, metadata })).toEqual([]);
    expect(await codesOf({ ...document, version: "8", metadata })).toEqual([
      "error checksum_mismatch",
    ]);
  });

  test("AUD-7 another layer does not change it, and a literal secret counts only as one", async () => {
    const document = (key: string) =>
      gatewayDocument({ providers: [providerDocument({ auth: { type: "bearer", token: key } })] });
    const [finding] = await findingsOf({
      ...document("one"),
      metadata: { checksum: "0".repeat(64) },
    });
    const checksum = /[0-9a-f]{64}$/.exec(finding?.message ?? "")?.[0] ?? "";

    const codes = await codesOf(
      { ...document("two"), metadata: { checksum } },
      { GATEWAY_VERSION: "9" },
    );

    expect(codes).not.toContain("error checksum_mismatch");
  });
});

describe("materials that are looked at together", () => {
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const otherKey = other.export({ type: "pkcs8", format: "pem" });
  const server = {
    tls_enabled: true,
    tls_cert_path: "${secret:cert}",
    tls_key_path: "${secret:key}",
  };

  test.each([
    ["fits", KEY, []],
    ["does not fit", otherKey, ["error tls_key_mismatch"]],
  ])("SEC-10 a key that %s its certificate", async (_what, key, expected) => {
    const codes = await codesOf(gatewayDocument({ server }), {}, { cert: CERTIFICATE, key });

    expect(codes).toEqual(expected);
  });

  test.each([
    ["HS256", "x".repeat(31), ["warning weak_jwt_secret"]],
    ["HS256", "x".repeat(32), []],
    ["ES256", "x".repeat(31), []],
  ])("SEC-11 a secret of %s: %s", async (algorithm, secret, expected) => {
    const provider = { type: "jwt", name: "j", secret: "${secret:jwt}", algorithm };
    const security = { authentication: { providers: [provider] } };

    expect(await codesOf(gatewayDocument({ security }), {}, { jwt: secret })).toEqual(expected);
  });

  test.each([
    ["http://llm.example.com/v1", false, ["error insecure_endpoint"]],
    ["http://llm.example.com/v1", true, ["warning insecure_endpoint"]],
    ["http://llm.internal/v1", false, []],
    ["https://llm.example.com/v1", false, []],
    ["https://user:pass@llm.example.com/v1", false, ["error invalid_secret"]],
  ])(
    "SEC-11 an endpoint %s behind a reference, allow_insecure: %s",
    async (url, allow_insecure, expected) => {
      const local = {
        id: "l",
        type: "vllm",
        endpoint: "${secret:url}",
        allow_insecure,
        models: [{ id: "m" }],
      };
      const document = gatewayDocument({ providers: [local] });

      const findings = await findingsOf(document, {}, { url });

      expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual(expected);
      expect(JSON.stringify(findings)).not.toContain("pass@");
    },
  );
});

test.each([
  ["rediss://cache.internal:6380", []],
  ["redis://user:word@cache.internal", ["warning literal_secret"]],
  ["redis://cache.internal?password=word", ["warning literal_secret"]],
])("SEC-3 the literal %s of a Redis connection", async (url, expected) => {
  const redis = { url, pool_size: 1, connect_timeout: "1s" };
  const cache = { backend: "redis", default_ttl: "1m", max_entries: 1, redis };

  expect(await codesOf(gatewayDocument({ routing: { cache } }))).toEqual(expected);
});

test("VAL-6 VAL-4 findings say what sort of disagreement they are, and where their code is explained", async () => {
  const action = { type: "route_to_provider", provider_id: "nobody" };
  const rules = [{ id: "r", condition: { type: "always" }, action }];
  const document = gatewayDocument({
    providers: [providerDocument(), providerDocument()],
    routing: { policy: { rules } },
    server: { http2_enabled: false, grpc_enabled: true },
  });

  const findings = await findingsOf(document);

  const field = "routing.policy.rules[r].action.provider_id";
  expect(findings.map(({ result }) => result)).toEqual(
    expect.arrayContaining([
      { type: "duplicate_id", field: "providers", id: "openai" },
      { type: "conflict" },
    ]),
  );
  expect(findings.every(({ code, help }) => help === `docs/reference/findings.md#${code}`)).toBe(
    true,
  );
  const [unknown] = await findingsOf(gatewayDocument({ routing: { policy: { rules } } }));
  expect(unknown?.result).toEqual({ type: "invalid_reference", field, reference: "nobody" });
});

test("VAL-13 warnings are errors where that is asked for", async () => {
  const document = gatewayDocument({ server: { grpc_port: 9090 } });

  expect(await codesOf(document)).toEqual(["warning grpc_port_unused"]);
  expect(await codesOf(document, {}, {}, { warningsAsErrors: true })).toEqual([
    "error grpc_port_unused",
  ]);
});

async function codesOf(...given: Parameters<typeof findingsOf>): Promise<readonly string[]> {
  return (await findingsOf(...given)).map(({ severity, code }) => `${severity} ${code}`);
}

/** Errors first. `secrets` are what `${secret:…}` resolves to. */
async function findingsOf(
  document: JsonObject,
  variables: Readonly<Record<string, string>> = {},
  secrets: Readonly<Record<string, string>> = {},
  options: LoaderOptions = {},
): Promise<readonly Finding[]> {
  const loader = new ConfigLoader(gatewaySchema, options)
    .withOverrides(document)
    .withSecretsManager(secretsIn(secrets))
    .addEnv({ variables: { OPENAI_KEY: "sk-1", ...variables } });
  try {
    return (await loader.load()).report.warnings;
  } catch (error) {
    if (!(error instanceof ConfigValidationError)) throw error;
    return [...error.report.errors, ...error.report.warnings];
  }
}

function secretsIn(secrets: Readonly<Record<string, string>>): SecretsManager {
  return {
    ...UNASKED,
    getSecret: async (path) => createSecretMaterial(new TextEncoder().encode(secrets[path] ?? "")),
  };
}
