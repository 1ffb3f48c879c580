import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ConfigManager, type ConfigNotification, type SecretRef } from "@llmcfg/config";
import { type GatewayConfig, startGatewayConfig } from "@llmcfg/gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ManualClock } from "../../packages/config/test/support/manual-clock.ts";
import { until } from "../../packages/config/test/support/until.ts";
import { workFolder } from "../support/endpoints.ts";
import { type OpenBao, openBao } from "../support/services/openbao.ts";

let server: OpenBao | undefined;

beforeAll(async () => {
  server = await openBao();
  await server?.call("POST", "sys/mounts/kv", { type: "kv", options: { version: "2" } });
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

test("BOOT-1 SEC-7 SM-2 the gateway of the worked example starts with its secrets from OpenBao", async () => {
  await using started = await startExample();
  const { gateway } = started;

  const secrets = await gateway.resolveSecrets("providers");
  const { keys } = keysOf(gateway.current());

  expect(gateway.version).toBe(1);
  expect(secrets).toEqual(
    new Map([
      ["providers[openai].auth.key", "sk-openai-1"],
      ["providers[azure-eu].auth.key", "sk-azure-1"],
    ]),
  );
  expect(await keys[0]?.key.reveal()).toBe("ci-key-1");
  expect(gateway.current().providers[0]?.weight).toBe(3);
  const shown = [
    JSON.stringify(gateway.current()),
    gateway.metrics(),
    gateway.explain("providers[openai].auth.key").format(),
  ];
  expect(shown.join()).not.toMatch(/sk-openai|sk-azure|ci-key-1/);
});

test("BOOT-2 SM-3 a secret that is not in OpenBao keeps the gateway from starting, and is named", async () => {
  const error = await startExample({
    change: (text) => text.replace("llm/openai#", "llm/opnai#"),
  }).catch((e: unknown) => e);

  expect(error).toMatchObject({
    report: {
      errors: [
        {
          code: "secret_unavailable",
          path: "providers[openai].auth.key",
          message:
            "${secret:llm/opnai#api_key} cannot be resolved: Secret value not found at path: kv/llm/opnai",
        },
      ],
    },
  });
});

test("SM-10 end to end: a value changed in OpenBao raises the version of the handle, and there is no new configuration", async () => {
  const clock = new ManualClock();
  await using started = await startExample({ clock, change: withInterval });
  const { gateway } = started;
  const key = openaiKey(gateway);
  const heard = Promise.withResolvers<string | undefined>();
  const settled = Promise.withResolvers<void>();
  key.onRotate(async (ref) => {
    heard.resolve(await ref.previous?.reveal());
    await settled.promise;
  });
  const told: ConfigNotification<GatewayConfig>[] = [];
  gateway.select(
    (config) => config.providers,
    (_next, _previous, n) => void told.push(n),
  );
  gateway.select("server", (_next, _previous, n) => void told.push(n));
  const { checksum } = gateway;

  await put("llm/openai", { api_key: "sk-openai-2" });
  clock.advance(10_000);
  const previous = await heard.promise;

  expect([previous, await key.reveal(), key.secretVersion]).toEqual([
    "sk-openai-1",
    "sk-openai-2",
    2,
  ]);
  expect(told.map(({ rotated }) => rotated)).toEqual([["providers[openai].auth.key"]]);
  expect([gateway.version, gateway.checksum, openaiKey(gateway)]).toEqual([1, checksum, key]);
  expect(await key.previous?.reveal()).toBe("sk-openai-1");
  await until("the record", async () =>
    (await readFile(started.audit, "utf8")).includes("secret_rotated"),
  );
  expect(await readFile(started.audit, "utf8")).not.toMatch(/sk-openai/);
  settled.resolve();
  await until("the end of the previous value", () => key.previous === undefined);
});

test("SM-13 a token in a file that is replaced is used from then on, and nothing is reloaded", async () => {
  await using folder = await workFolder("token");
  const file = join(folder.path, "token");
  const [first, second] = [await token(), await token()];
  await writeFile(file, `${first}\n`);
  const change = (text: string) => text.replace("${env:VAULT_TOKEN}", `\${file:${file}}`);
  await using started = await startExample({ change });
  const { gateway } = started;
  const credential = (gateway.current().secrets as { readonly token: SecretRef }).token;

  await writeFile(file, `${second}\n`);
  await until("the rotation", () => credential.secretVersion > 1 && gateway.version === 1);
  await until("the new token", async () => (await credential.reveal()) === second);
  await server?.call("POST", "auth/token/revoke", { token: first });

  expect(await openaiKey(gateway).reveal({ refresh: true })).toMatch(/^sk-openai-/);
  expect(gateway.version).toBe(1);
});

interface ExampleOptions {
  readonly change?: (text: string) => string;
  readonly clock?: ManualClock;
}

async function startExample({ change = (text) => text, clock }: ExampleOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await workFolder("gateway"));
  const file = join(folder.path, "gateway.yaml");
  await put("llm/openai", { api_key: "sk-openai-1" });
  await put("llm/azure-eu", { api_key: "sk-azure-1" });
  await put("gateway/ci-key", { value: "ci-key-1" });
  const audit = join(folder.path, "config-audit.jsonl");
  await writeFile(file, change(example(bao().url, audit)));
  const variables = { VAULT_TOKEN: bao().rootToken, GATEWAY_PROVIDERS__OPENAI__WEIGHT: "3" };
  Object.assign(process.env, variables);
  stack.defer(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
  });
  const watch = { debounce: "10ms", pollInterval: "100ms" };
  const manager = { signals: false, watch, ...(clock === undefined ? {} : { clock }) };
  const gateway = stack.use(await startGatewayConfig({ file, manager }));
  const owned = stack.move();
  return { gateway, audit, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function withInterval(text: string): string {
  return text.replace("backend: vault", "backend: vault\n  rotation_interval: 10s");
}

function bao(): OpenBao {
  if (server === undefined) throw new Error("run tools/services/install.sh openbao");
  return server;
}

async function put(path: string, data: Readonly<Record<string, string>>): Promise<void> {
  await bao().call("POST", `kv/data/${path}`, { data });
}

async function token(): Promise<string> {
  const { auth } = await bao().call("POST", "auth/token/create", { policies: ["root"], ttl: "1h" });
  return (auth as { client_token: string }).client_token;
}

function openaiKey(gateway: ConfigManager<GatewayConfig>): SecretRef {
  const [provider] = gateway.current().providers;
  if (provider?.auth.type !== "api_key") throw new TypeError("the document says so");
  return provider.auth.key;
}

function keysOf(config: ReturnType<ConfigManager<GatewayConfig>["current"]>) {
  const [provider] = config.security.authentication.providers;
  return provider as unknown as { readonly keys: readonly { readonly key: SecretRef }[] };
}

function example(address: string, audit: string): string {
  return `
version: "2026.11.1"
metadata: { name: edge, environment: production }

secrets:
  backend: vault
  address: ${address}
  mount_path: kv
  token: \${env:VAULT_TOKEN}

providers:
  - id: openai
    type: openai
    auth:
      type: api_key
      key: \${secret:llm/openai#api_key}
    models:
      - { id: gpt-4o, capabilities: [streaming, tools, vision] }
      - { id: gpt-4o-mini }
    weight: 5
  - id: azure-eu
    type: azure_openai
    endpoint: https://acme-eu.openai.azure.com
    api_version: "2024-10-21"
    region: westeurope
    auth:
      type: api_key
      key: \${secret:llm/azure-eu#api_key}
    models:
      - { id: gpt-4o, upstream_id: gpt4o-eu }

routing:
  policy:
    rules:
      - id: eu-tenants
        priority: 10
        condition: { type: tenant, ids: [acme-eu] }
        action: { type: route_to_provider, provider_id: azure-eu, fallbacks: [openai] }
      - id: big-model
        condition: { type: model_name, pattern: "gpt-4o" }
        action: { type: balance, strategy: weighted, fallback_models: [gpt-4o-mini] }

security:
  authentication:
    providers:
      - type: api_key
        name: internal
        keys:
          - { id: ci, key: "\${secret:gateway/ci-key}", description: pipeline }

observability:
  audit: { required: true, output: { type: file, path: ${audit} } }
`;
}
