import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ConfigLoader,
  ConfigValidationError,
  type SecretMaterial,
  type SecretsManager,
} from "@llmcfg/config";
import { evaluateRoute, gatewaySchema } from "@llmcfg/gateway";
import { expect, test } from "vitest";
import { request, state } from "./support/configuration.ts";

const FILE = join(import.meta.dirname, "fixtures/gateway.yaml");
const VARIABLES = { GATEWAY_PROVIDERS__OPENAI__WEIGHT: "3", VAULT_TOKEN: "s3cret" };

/** The example, edited, in a file of its own. */
async function load(edit: (text: string) => string = (text) => text) {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-gateway-"));
  try {
    const file = join(folder, "gateway.yaml");
    await writeFile(file, edit(await readFile(FILE, "utf8")));
    return await new ConfigLoader(gatewaySchema)
      .addFile(file)
      .addEnv({ variables: VARIABLES })
      .withSecretsManager(keptSecrets())
      .load();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stands in for the example's Vault: every path holds its own name. */
function keptSecrets(): SecretsManager {
  return {
    kind: "kept",
    getSecret: async (path) => materialOf(path),
    getSecrets: async (paths) => new Map(paths.map((path) => [path, materialOf(path)])),
    refresh: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

function materialOf(path: string): SecretMaterial {
  return { bytes: new TextEncoder().encode(path), [Symbol.dispose]() {} };
}

/** Step 3 of the example: another weight, another port. */
function editedOnce(text: string): string {
  return text
    .replace("    region: westeurope", "    region: westeurope\n    weight: 2")
    .replace("metadata:", "server: { port: 9090 }\nmetadata:");
}

test("the example loads, and the environment outranks the file", async () => {
  const { config, report } = await load();

  expect(report.errors).toEqual([]);
  expect(config.version).toBe("2026.11.1");
  expect(config.providers.map(({ id, weight }) => [id, weight])).toEqual([
    ["openai", 3],
    ["azure-eu", 1],
  ]);
});

test("WHY-1 a weight says who gave it: environment, file with line and column, schema", async () => {
  const result = await load();

  const { value, layers } = result.explain("providers[openai].weight");

  expect(value).toBe(3);
  expect(layers.map(({ value: given, wins }) => [given, wins])).toEqual([
    [3, true],
    [5, false],
    [1, false],
  ]);
  expect(layers[1]?.position).toMatchObject({ kind: "file", line: 19, column: 13 });
});

test("the example decides as its text says", async () => {
  const { config } = await load();
  const attempts = (model: string, tenant?: string) => {
    const asked = request(model, tenant === undefined ? {} : { tenant });
    const decision = evaluateRoute(config, asked, state({ draw: 0 }));
    return [decision.rule, ...decision.attempts.map((one) => `${one.provider}/${one.model}`)];
  };

  expect(attempts("gpt-4o", "acme-eu")).toEqual(["eu-tenants", "azure-eu/gpt-4o", "openai/gpt-4o"]);
  expect(attempts("gpt-4o")).toEqual([
    "big-model",
    "openai/gpt-4o",
    "azure-eu/gpt-4o",
    "openai/gpt-4o-mini",
  ]);
  expect(attempts("gpt-4o-mini")).toEqual([undefined, "openai/gpt-4o-mini"]);
});

test("the example's weights share out the requests, and Azure is asked for its deployment", async () => {
  const { config } = await load();

  const [below, above] = [0.74, 0.76].map((draw) =>
    evaluateRoute(config, request("gpt-4o"), state({ draw })),
  );

  expect(below?.attempts[0]?.provider).toBe("openai"); // 3 of 4
  expect(above?.attempts[0]).toMatchObject({ provider: "azure-eu", upstreamId: "gpt4o-eu" });
});

test("a secret of the example is revealed by its handle, and is nowhere else", async () => {
  const { config } = await load();
  const auth = config.providers[0]?.auth;

  expect(auth?.type === "api_key" && (await auth.key.reveal())).toBe("llm/openai");
  expect(JSON.stringify(config)).toContain("${secret:llm/openai#api_key}");
});

test("CFG-3 a mistyped key is named at file, line and column, with the nearest that is known", async () => {
  const refusal = load((text) => editedOnce(text).replace("provider_id", "provder_id"));

  const error = await refusal.catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(ConfigValidationError);
  const { report } = error as ConfigValidationError; // as the line above has seen
  expect(report.errors).toMatchObject([
    {
      kind: "schema_violation",
      code: "unknown_key",
      path: "routing.policy.rules[eu-tenants].action.provder_id",
      position: { kind: "file", line: 39, column: 44 },
    },
    {
      kind: "schema_violation",
      path: "routing.policy.rules[eu-tenants].action.provider_id",
      position: { kind: "file", line: 39 },
    },
  ]);
  expect(report.errors[0]?.hint).toContain('"provider_id"');
});
