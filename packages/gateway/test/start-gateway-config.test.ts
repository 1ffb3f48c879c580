import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ConfigError, ConfigValidationError, type ValidationReport } from "@llmcfg/config";
import type { JsonObject } from "@llmcfg/core";
import { type StartGatewayOptions, startGatewayConfig } from "@llmcfg/gateway";
import { describe, expect, onTestFinished, test } from "vitest";
import { gatewayDocument, providerDocument } from "./support/load-document.ts";

/** Valid, with keys that need nothing outside the file. */
function documentWithKeys(members: JsonObject = {}): JsonObject {
  const auth = { type: "api_key", key: "sk-test" };
  const providers = [providerDocument({ auth }), providerDocument({ id: "other", auth })];
  return gatewayDocument({ providers, ...members });
}

interface Started extends AsyncDisposable {
  readonly gateway: Awaited<ReturnType<typeof startGatewayConfig>>;
  write(document: JsonObject): Promise<void>;
}

/** On a file of its own, without the environment of the test. */
async function start(
  document: JsonObject,
  options: Partial<StartGatewayOptions> = {},
): Promise<Started> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-gateway-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "gateway.json");
  const write = async (given: JsonObject) => await writeFile(file, JSON.stringify(given));
  await write(document);
  const gateway = stack.use(
    await startGatewayConfig({ file, envPrefix: false, manager: { signals: false }, ...options }),
  );
  const owned = stack.move();
  return { gateway, write, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function codeAndHint(error: unknown): unknown {
  if (!(error instanceof ConfigError)) throw error;
  return { code: error.code, hint: error.hint };
}

async function refusal(starting: Promise<AsyncDisposable>): Promise<ValidationReport> {
  const error = await starting.then(
    (started) => started[Symbol.asyncDispose](),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ConfigValidationError) return error.report;
  throw new Error("it was not refused for its configuration", { cause: error });
}

test("BOOT-1 a caller in JavaScript that gives no file is told what to give", async () => {
  const given = [{}, { file: 7 }, { file: ["/etc/gateway.yaml", undefined] }];

  const refusals = await Promise.all(
    // what a caller without types can give
    given.map((options) => startGatewayConfig(options as StartGatewayOptions).catch(codeAndHint)),
  );

  const hint = expect.stringContaining('give for example { file: "/etc/gateway/gateway.yaml" }');
  expect(refusals).toEqual(given.map(() => ({ code: "invalid_option", hint })));
});

test("BOOT-1 a valid configuration is version 1, and a changed file is version 2", async () => {
  await using started = await start(documentWithKeys());
  const { gateway } = started;
  expect(gateway.version).toBe(1);

  await started.write(documentWithKeys({ extensions: { generation: 2 } }));
  await gateway.reload();

  expect(gateway.version).toBe(2);
  expect(gateway.current().extensions["generation"]).toBe(2);
});

test("BOOT-1 the watcher is running: a file that changes is applied without being asked", async () => {
  await using started = await start(documentWithKeys(), {
    manager: { signals: false, watch: { debounce: "10ms", pollInterval: "100ms" } },
  });

  await started.write(documentWithKeys({ extensions: { generation: 3 } }));

  await expect
    .poll(() => started.gateway.current().extensions["generation"], { timeout: 10_000 })
    .toBe(3);
});

test("BOOT-2 a configuration that is not valid is refused with every finding", async () => {
  const { errors } = await refusal(
    start(documentWithKeys({ server: { port: 0 }, features: { beta: true } })),
  );

  expect(errors.map(({ path }) => path).toSorted()).toEqual(["features.beta", "server.port"]);
});

test("BOOT-1 VAL-5 a JSON Schema of one's own is held against the document too", async () => {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-schema-"));
  await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  const jsonSchema = join(folder, "schema.json");
  await writeFile(jsonSchema, JSON.stringify({ required: ["metadata"] }));

  const { errors } = await refusal(start(documentWithKeys(), { jsonSchema }));

  expect(errors).toMatchObject([{ code: "json_schema_violation", path: "metadata" }]);
});

test("BOOT-3 secrets stay unresolved and unchecked where that is asked for", async () => {
  const auth = { type: "bearer", token: "${env:LLMCFG_TEST_UNSET_TOKEN}" };
  const document = documentWithKeys({
    providers: [providerDocument({ auth }), providerDocument({ id: "other", auth })],
  });

  await using started = await start(document, {
    checkOnly: true,
    manager: { resolveSecrets: false },
  });

  expect(started.gateway.version).toBe(1);
  const { errors } = await refusal(start(document, { checkOnly: true }));
  expect(errors.map(({ code }) => code)).toEqual(["secret_unavailable", "secret_unavailable"]);
});

test("BOOT-1 BIZ-1 one provider is too few, and BOOT-5 the rule can be relaxed or left out", async () => {
  const auth = { type: "api_key", key: "sk-test" };
  const one = gatewayDocument({ providers: [providerDocument({ auth })] });

  const { errors } = await refusal(start(one));

  expect(errors).toMatchObject([{ kind: "business_rule", rule: "provider_redundancy" }]);
  expect(errors[0]?.hint).toContain("min: 1");
  for (const providerRedundancy of [{ min: 1 }, false] as const) {
    await using started = await start(one, { rules: { providerRedundancy } });
    expect(started.gateway.version).toBe(1);
  }
});

test("BOOT-1 BIZ-2 a pattern that no model has is refused, unless the rule is left out", async () => {
  const rule = {
    id: "r",
    condition: { type: "model_name", pattern: "claude-*" },
    action: { type: "route_to_provider", provider_id: "openai" },
  };
  const document = documentWithKeys({ routing: { policy: { rules: [rule] } } });

  const { errors } = await refusal(start(document));

  expect(errors).toMatchObject([{ kind: "business_rule", rule: "model_coverage" }]);
  await using started = await start(document, { rules: { modelCoverage: false } });
  expect(started.gateway.version).toBe(1);
});

test("BOOT-3 checkOnly checks everything and watches nothing", async () => {
  await using started = await start(documentWithKeys(), { checkOnly: true });

  await refusal(start(documentWithKeys({ server: { port: 0 } }), { checkOnly: true }));

  expect(started.gateway.status.sources.map(({ watching }) => watching)).not.toContain("events");
});

test("LOAD-2 overrides are stronger than the file", async () => {
  await using started = await start(documentWithKeys({ server: { port: 1000 } }), {
    overrides: { server: { port: 3000 } },
  });

  expect(started.gateway.current().server.port).toBe(3000);
});

test("VAL-13 strict mode refuses secrets in the file", async () => {
  const { errors } = await refusal(start(documentWithKeys(), { strict: true }));

  expect(errors.map(({ code }) => code)).toEqual(["literal_secret", "literal_secret"]);
});

test("VAL-13 strict mode makes an error of authentication that knows nobody", async () => {
  const auth = { type: "none" };
  const local = { auth, type: "vllm", endpoint: "http://vllm:8000/v1" };
  const providers = [providerDocument(local), providerDocument({ id: "other", ...local })];
  const document = gatewayDocument({ providers, security: {} });

  const { errors } = await refusal(start(document, { strict: true }));

  expect(errors.map(({ code }) => code)).toEqual(["auth_enabled_without_providers"]);
});

describe("SEC-7 the secrets block says who answers for secrets", () => {
  const auth = { type: "api_key", key: "${secret:start-gateway/openai}" };
  const local = { auth: { type: "none" }, type: "vllm", endpoint: "http://vllm:8000/v1" };
  const providers = [providerDocument({ auth }), providerDocument({ id: "local", ...local })];

  test("SM-5 the environment", async () => {
    const name = "SEC7_START_GATEWAY_OPENAI";
    process.env[name] = "sk-env";
    onTestFinished(() => {
      delete process.env[name];
    });

    const secrets = { backend: "environment", prefix: "SEC7_" };
    await using started = await start(gatewayDocument({ providers, secrets }));

    const [openai] = started.gateway.current().providers;
    if (openai?.auth.type !== "api_key") throw new TypeError("the document says so");
    expect(await openai.auth.key.reveal()).toBe("sk-env");
  });

  test("SEC-5 LCS-5 the control plane as backend is refused where it is no source", async () => {
    const secrets = { backend: "llmcfg" };

    const { errors } = await refusal(start(gatewayDocument({ providers, secrets })));

    const message = 'there is no secrets backend "llmcfg"';
    expect(errors[0]).toMatchObject({ code: "unsupported_backend", message });
  });
});

test("AUD-9 audit records for S3 are refused where there is no folder in which they can wait", async () => {
  const audit = { output: { type: "s3", bucket: "b", prefix: "p" } };
  const document = documentWithKeys({ observability: { audit } });

  const { errors } = await refusal(start(document));

  expect(errors).toMatchObject([{ rule: "audit_spool", path: "observability.audit.output" }]);
});

test("TXN-1 a participant may veto, and the old object keeps its identity", async () => {
  await using started = await start(documentWithKeys());
  const { gateway } = started;
  const before = gateway.current();
  gateway.addParticipant({
    name: "stubborn",
    prepare: async () => {
      throw new Error("not today");
    },
  });

  await started.write(documentWithKeys({ extensions: { generation: 2 } }));
  const result = await gateway.reload();

  expect(result.status).toBe("rejected");
  expect(gateway.current()).toBe(before);
});
