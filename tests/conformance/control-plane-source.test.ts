import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@llmcfg/client";
import { type LlmcfgSourceOptions, llmcfgSource } from "@llmcfg/client/source";
import { openLastGoodStore } from "@llmcfg/client/store";
import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  defineSchema,
  doctorFiles,
  field,
  type SecretRef,
} from "@llmcfg/config";
import type { AgentBody, BatchOperation } from "@llmcfg/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { until } from "../../packages/config/test/support/until.ts";
import type { RunningServer } from "../../packages/server/src/server.ts";
import { start } from "../../packages/server/test/http/dev-server.ts";
import { workFolder } from "../support/endpoints.ts";

/** The library against a control plane that is no fake, over HTTP. */
const CANARY = "sk-canary-51c0";
const ENV = "staging";

const root = z.strictObject({
  host: z.string().default("none"),
  port: z.int().max(65_535).default(0),
  key: field.secret().optional(),
  shared: field.secret().optional(),
  llm: z.record(z.string(), z.json()).default({}),
});

type Settings = z.output<typeof root>;

const schema = defineSchema({ name: "settings", envPrefix: "SETTINGS_", root });

let server: RunningServer;

beforeAll(async () => {
  server = await start();
});

afterAll(() => server[Symbol.asyncDispose]());

test("LCS-1 LCS-4 the layer is the bundle nested, each leaf with layer, author and revision, above files and below the environment", async () => {
  const service = "explained";
  await commit(service, { host: "plane", "llm/model/name": "gpt-4o", port: 7 });
  const revision = await commit(service, { port: 8 });
  await using source = sourceOf({ service });
  await using folder = await workFolder("ranks");
  const file = join(folder.path, "settings.yaml");
  await writeFile(file, "host: file\nport: 1\n");

  const loaded = await new ConfigLoader(schema)
    .addEnv({ variables: { SETTINGS_HOST: "environment" } })
    .addSource(source)
    .addFile(file)
    .load();

  expect(loaded.config).toMatchObject({
    host: "environment",
    port: 8,
    llm: { model: { name: "gpt-4o" } },
  });
  const { layers } = loaded.explain("port");
  expect(layers[0]).toMatchObject({
    source: source.id,
    wins: true,
    position: {
      kind: "remote",
      key: "port",
      revision: `r${revision}`,
      layer: ENV,
      author: expect.stringMatching(/^[a-z]+:/),
      at: expect.stringMatching(/^20/),
    },
  });
  expect(loaded.explain("host").layers.map((layer) => layer.source)).toEqual([
    "environment",
    source.id,
    `file:${file}`,
    "default",
  ]);
});

test("LCS-1 one key is a document, which is parsed with line and column", async () => {
  const service = "document";
  await commit(service, { "settings.yaml": "host: plane\nport: 9\n" });
  await using source = sourceOf({ service, key: "settings.yaml" });

  const loaded = await new ConfigLoader(schema).addSource(source).load();

  expect(loaded.config).toMatchObject({ host: "plane", port: 9 });
  expect(loaded.explain("port").layers[0]?.position).toMatchObject({ line: 2, column: 7 });
});

test("LCS-5 SM-14 references and sensitive values become handles, revealed by permission and recorded by the server", async () => {
  const service = "with-secrets";
  await commit("shared", { "keys/openai": { secret: `${CANARY}-shared` } });
  await commit(service, {
    "secrets/own": { secret: `${CANARY}-own` },
    key: "${secret:secrets/own}",
    shared: "${secret://shared/keys/openai}",
    "llm/price": { secret: `${CANARY}-price` },
  });
  const token = await tokenFor(service, "shared");
  await using source = sourceOf({ service, token });

  const { config } = await new ConfigLoader(schema).addSource(source).load();
  const key = config.key as SecretRef;
  const shared = config.shared as SecretRef;
  const price = config.llm["price"] as unknown as SecretRef; // free values may hold handles
  const texts = [await key.reveal(), await shared.reveal(), await price.reveal()];

  expect(texts).toEqual([`${CANARY}-own`, `${CANARY}-shared`, `${CANARY}-price`]);
  expect([key.reference, shared.reference, price.reference]).toEqual([
    "${secret://llmcfg/secrets/own}",
    "${secret://llmcfg/shared:keys/openai}",
    "${secret://llmcfg/llm/price}",
  ]);
  const recorded = await reveals();
  expect(recorded).toContain(`allowed ${ENV}/${service}/secrets/own`);
  expect(recorded).toContain(`allowed ${ENV}/shared/keys/openai`);
  expect(JSON.stringify(config)).not.toContain(CANARY);
});

test("SM-14 a service whose secrets the token may not read is denied, which is recorded; one that it may not see is not there", async () => {
  const service = "narrow";
  await commit("others", { "keys/one": { secret: `${CANARY}-others` } });
  await commit(service, { shared: "${secret://others/keys/one}" });
  await commit("unseen", { "keys/one": { secret: `${CANARY}-unseen` } });
  const token = await tokenFor(service, { viewed: "others" });
  await using source = sourceOf({ service, token });

  const error: unknown = await new ConfigLoader(schema)
    .addSource(source)
    .load()
    .catch((e: unknown) => e);

  expect(error).toMatchObject({ report: { errors: [{ path: "shared" }] } });
  await expect(source.secrets.getSecret("others:keys/one")).rejects.toMatchObject({
    code: "secret_denied",
  });
  await expect(source.secrets.getSecret("unseen:keys/one")).rejects.toMatchObject({
    code: "secret_not_found",
  });
  expect(await reveals()).toContain(`denied ${ENV}/others/keys/one`);
});

test("LCS-2 LCS-3 revisions are applied at once and in order, refused ones are told with path and reason", async () => {
  const service = "followed";
  await commit(service, { host: "one" });
  await using source = sourceOf({ service, agentId: "gw-followed" });
  await using manager = await managerOf(source, {
    debounce: "60s",
    rate: { perMinute: 1, burst: 1 },
  });

  for (const host of ["two", "three", "four", "five"]) {
    await commit(service, { host });
    await until(host, () => manager.current().host === host);
  }
  const applied = await agent(
    "gw-followed",
    ({ state, sync }) => state === "APPLIED" && sync === "Synced",
  );
  await commit(service, { port: 70_000 });
  const refused = await agent("gw-followed", ({ state }) => state === "FAILED");
  const whileRefused = manager.current();
  const mended = await commit(service, { port: 80 });
  await until("the mended revision", () => manager.current().port === 80);
  const after = await agent("gw-followed", ({ state }) => state === "APPLIED");

  expect(manager.version).toBe(6);
  expect(applied.effective?.hash).toMatch(/./);
  expect(whileRefused).toMatchObject({ host: "five", port: 0 });
  expect(refused.lastError).toMatchObject({ reason: "RULE_VIOLATION", pointer: "/port" });
  expect(refused.effective).toEqual(applied.effective);
  expect(after.effective?.revision).toBe(mended);
});

test("LCS-2 LOAD-11 while the server is away the last bundle is used, also across restarts", async () => {
  await using other = await start();
  const service = "away";
  const at = { addr: other.url, token: other.devToken ?? "" };
  await commit(
    service,
    { host: "kept", "secrets/k": { secret: CANARY }, key: "${secret:secrets/k}" },
    at,
  );
  await using folder = await workFolder("last-good");
  const store = await openLastGoodStore({ dir: folder.path, token: at.token });
  await using source = sourceOf({ service, store, ...at });
  await using manager = await managerOf(source);
  await manager.current().key?.reveal();
  await until("the bundle on disk", async () => (await readdir(folder.path)).length > 0);

  await other[Symbol.asyncDispose]();
  const { status } = await manager.reload();
  await using restarted = sourceOf({ service, store, ...at });
  const again = await new ConfigLoader(schema).addSource(restarted).load({ resolveSecrets: false });

  expect(status).toBe("unchanged");
  expect(manager.current().host).toBe("kept");
  expect(manager.status.sources.find(({ id }) => id === source.id)).toMatchObject({
    state: "unreachable",
    staleSince: expect.any(Date),
  });
  expect(again.config.host).toBe("kept");
  expect(restarted.status.source).toBe("disk");
});

test("CHK-8 the doctor finds the server well, with the time of both, and then a token that may not read", async () => {
  const service = "examined";
  await commit(service, { host: "one" });
  const examine = async (token: string) => {
    await using source = sourceOf({ service, token });
    const findings = await doctorFiles(new ConfigLoader(schema).addSource(source));
    return findings
      .filter(({ id }) => id === "CHK-8")
      .map(({ result, message }) => `${result} ${message}`);
  };

  const well = await examine(server.devToken ?? "");
  const denied = await examine(await tokenFor("shared"));

  const id = `llmcfg:${ENV}/${service}`;
  const agreed = `pass the clocks of ${id} and this machine agree`;
  expect(well).toEqual([`pass ${id} answers`, agreed]);
  expect(denied).toEqual([expect.stringMatching(new RegExp(`^fail ${id}: .*_`)), agreed]);
});

interface Access {
  readonly addr: string;
  readonly token: string;
}

const byDefault = (): Access => ({ addr: server.url, token: server.devToken ?? "" });

/** One revision. `{ secret }` is a sensitive value. */
async function commit(
  service: string,
  values: Readonly<Record<string, string | number | { readonly secret: string }>>,
  access: Access = byDefault(),
): Promise<number> {
  const operations = Object.entries(values).map(([key, value]): BatchOperation => {
    const put = { op: "put", path: `${ENV}/${service}/${key}` } as const;
    return typeof value === "object"
      ? { ...put, value: value.secret, sensitive: true }
      : { ...put, value };
  });
  return (await createClient(access).batch({ operations }, { confirm: true })).body.revision;
}

/** Of somebody who may read these services, their secrets only where nothing else is said. */
async function tokenFor(
  ...services: readonly (string | { readonly viewed: string })[]
): Promise<string> {
  const roles = services.flatMap((service) => {
    if (typeof service === "object")
      return [{ role: "viewer", scope: `${ENV}/${service.viewed}/**` }];
    return ["viewer", "secret-reader"].map((role) => ({ role, scope: `${ENV}/${service}/**` }));
  });
  const client = createClient(byDefault());
  const { body } = await client.createToken({ kind: "sa", name: "gateway", roles });
  return body.token ?? "";
}

/** Every reveal that the server has recorded, newest first. */
async function reveals(): Promise<readonly string[]> {
  const found = [];
  for await (const { action, outcome, path } of createClient(byDefault()).eachAuditEvent()) {
    if (action === "secret.reveal") found.push(`${outcome} ${path}`);
  }
  return found;
}

async function agent(id: string, fits: (agent: AgentBody) => boolean): Promise<AgentBody> {
  let found: AgentBody | undefined;
  await until(`the report of ${id}`, async () => {
    found = (
      await createClient(byDefault())
        .getAgent(id)
        .catch(() => undefined)
    )?.body;
    return found !== undefined && fits(found);
  });
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}

function sourceOf(options: Partial<LlmcfgSourceOptions> & { readonly service: string }) {
  return llmcfgSource({ ...byDefault(), env: ENV, ...options });
}

async function managerOf(
  source: ReturnType<typeof sourceOf>,
  watch: { readonly debounce?: string; readonly rate?: { perMinute: number; burst: number } } = {},
): Promise<ConfigManager<Settings>> {
  const loader = new ConfigLoader(schema).addSource(source);
  const manager = await createManager({ loader, validator: new ConfigValidator(schema), watch });
  await manager.start();
  return manager;
}
