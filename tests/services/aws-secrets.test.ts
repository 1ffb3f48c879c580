import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { ConfigLoader, defineSchema, doctorFiles, field, type Json } from "@llmcfg/config";
import { awsSecrets, createSecretsManager, type SecretsManager } from "@llmcfg/config/secrets";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type OpenedSecrets, testSecretsManager } from "../conformance/ports/secrets-manager.ts";
import { CountingProxy } from "../support/counting-proxy.ts";
import { type MiniStack, openMiniStack } from "../support/services/ministack.ts";

const ENVIRONMENT = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

let server: MiniStack | undefined;

beforeAll(async () => {
  server = await openMiniStack();
  Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL_STS: server?.url ?? "" });
});

afterAll(async () => {
  for (const name of [...Object.keys(ENVIRONMENT), "AWS_ENDPOINT_URL_STS"])
    delete process.env[name];
  await server?.[Symbol.asyncDispose]();
});

testSecretsManager("AWS Secrets Manager (MiniStack)", openContract);

describe("AWS Secrets Manager (MiniStack)", () => {
  test("SM-4 a secret is read by its name and by its ARN, one member with a key", async () => {
    const arn = await create("by-name", { SecretString: '{"user":"ada","port":5432}' });
    await using manager = await managerOf({});

    expect(await read(manager, "by-name", { key: "user" })).toBe("ada");
    expect(await read(manager, arn, { key: "port" })).toBe("5432");
  });

  test("SM-4 a version is named by its id, or by its stage", async () => {
    await create("staged", { SecretString: "one" });
    const put = await client().send(
      new PutSecretValueCommand({ SecretId: "staged", SecretString: "two" }),
    );
    await using manager = await managerOf({});

    expect(await read(manager, "staged", { version: "AWSPREVIOUS" })).toBe("one");
    expect(await read(manager, "staged", { version: "AWSCURRENT" })).toBe("two");
    expect(await read(manager, "staged", { version: put.VersionId ?? "" })).toBe("two");
  });

  test("SM-4 a stage may have a name as long as an id, and an id need not be a UUID", async () => {
    const stage = "released-by-the-pipeline-on-2026-11-26";
    const id = "chosen_by_a_pipeline_for_version.0002";
    await create("long-names", { SecretString: "one" });
    const put = { SecretId: "long-names", ClientRequestToken: id, VersionStages: [stage] };
    await client().send(new PutSecretValueCommand({ ...put, SecretString: "two" }));
    await using manager = await managerOf({});

    expect(await read(manager, "long-names", { version: stage })).toBe("two");
    expect(await read(manager, "long-names", { version: id })).toBe("two");
    await expect(read(manager, "long-names", { version: `${stage}-again` })).rejects.toMatchObject({
      code: "secret_not_found",
    });
  });

  test("SM-4 a binary secret is its bytes", async () => {
    await create("binary", { SecretBinary: Uint8Array.of(0, 255, 10, 128) });
    await using manager = await managerOf({});

    using material = await manager.getSecret("binary");

    expect([...material.bytes]).toEqual([0, 255, 10, 128]);
  });

  test("SM-4 what is not there, or has neither text nor bytes, is named by its path", async () => {
    await using manager = await managerOf({});
    await using hollow = awsSecrets({
      client: { getSecretValue: async () => ({}), destroy: () => {} },
    });

    for (const asked of [manager, hollow]) {
      await expect(asked.getSecret("llm/none")).rejects.toMatchObject({
        code: "secret_not_found",
        message: "Secret string not found: llm/none",
      });
    }
  });

  test("SM-4 a secret that is marked for deletion is not there, and a cache does not answer for it", async () => {
    await create("leaving", { SecretString: "1" });
    await using manager = await managerOf({ cache_ttl: "1ms", negative_ttl: "0s" });
    const before = await read(manager, "leaving");

    await client().send(new DeleteSecretCommand({ SecretId: "leaving", RecoveryWindowInDays: 7 }));

    expect(before).toBe("1");
    await expect(manager.getSecret("leaving")).rejects.toMatchObject({
      code: "secret_not_found",
      message: "Secret string not found: leaving",
    });
  });

  test("SM-9 of fifty who ask for a secret at the same time, one asks AWS", async () => {
    await create("popular", { SecretString: "1" });
    await using proxy = await CountingProxy.open(stack().url);
    await using manager = await managerOf({ endpoint: proxy.url });

    const all = await Promise.all(Array.from({ length: 50 }, () => read(manager, "popular")));

    expect(new Set(all)).toEqual(new Set(["1"]));
    expect(proxy.paths).toHaveLength(1);
  });

  test("CHK-8 the doctor finds it well, and a secret that is not there, with the time of both", async () => {
    await create("examined", { SecretString: "1" });
    const schema = defineSchema({
      name: "doctor",
      root: z.strictObject({ key: field.secret(), secrets: field.json() }),
      secrets: "secrets",
    });
    const secrets = {
      backend: "aws_secrets_manager",
      region: "eu-central-1",
      endpoint: stack().url,
    };
    const examine = async (key: string) => {
      const findings = await doctorFiles(new ConfigLoader(schema).withOverrides({ key, secrets }));
      const remote = findings.filter(({ id }) => id === "CHK-8");
      return remote.map(({ result, message }) => `${result} ${message}`);
    };

    const well = await examine("${secret:examined}");
    const missing = await examine("${secret:none}");

    const name = "the secrets backend aws_secrets_manager";
    const agreed = `pass the clocks of ${name} and this machine agree`;
    expect(well).toEqual([`pass ${name} answers`, agreed]);
    expect(missing).toEqual([
      `fail ${name}: \${secret:none} cannot be resolved: Secret string not found: none`,
      agreed,
    ]);
  });

  test("SM-4 a role is assumed before a secret is read", async () => {
    await create("for-role", { SecretString: "1" });
    const role_arn = "arn:aws:iam::000000000000:role/gateway";
    await using manager = await managerOf({ role_arn });
    await using without = await managerOf({ role_arn });

    expect(await read(manager, "for-role")).toBe("1");
    process.env["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:9";
    const refused = await without.getSecret("for-role").catch((e: unknown) => e);
    process.env["AWS_ENDPOINT_URL_STS"] = stack().url;

    expect(refused).toMatchObject({ code: "backend_unreachable" });
  });

  test("SM-9 a backend that is not there is away, which is no missing secret", async () => {
    await using manager = await managerOf({
      endpoint: "http://127.0.0.1:9",
      request_timeout: "5s",
    });

    const error = await manager.getSecret("any").catch((e: unknown) => e);

    expect(error).toMatchObject({ code: "backend_unreachable" });
  });
});

function stack(): MiniStack {
  if (server === undefined) throw new Error("run tools/services/install.sh aws");
  return server;
}

async function managerOf(block: Readonly<Record<string, Json>>): Promise<SecretsManager> {
  const endpoint = stack().url;
  return await createSecretsManager({
    backend: "aws_secrets_manager",
    region: "eu-central-1",
    endpoint,
    ...block,
  });
}

function client(): SecretsManagerClient {
  return new SecretsManagerClient({ region: "eu-central-1", endpoint: stack().url });
}

async function create(
  Name: string,
  value: { readonly SecretString?: string; readonly SecretBinary?: Uint8Array },
): Promise<string> {
  const { ARN = "" } = await client().send(new CreateSecretCommand({ Name, ...value }));
  return ARN;
}

async function read(
  manager: SecretsManager,
  path: string,
  options: { readonly key?: string; readonly version?: string } = {},
): Promise<string> {
  using material = await manager.getSecret(path, options);
  return new TextDecoder().decode(material.bytes);
}

async function openContract(): Promise<OpenedSecrets> {
  await stack().reset();
  const manager = await managerOf({});
  const put = async (path: string, SecretString: string) => {
    try {
      const found = await client().send(new CreateSecretCommand({ Name: path, SecretString }));
      return found.VersionId;
    } catch {
      const found = await client().send(
        new PutSecretValueCommand({ SecretId: path, SecretString }),
      );
      return found.VersionId;
    }
  };
  return {
    manager,
    put,
    putMembers: async (path, members) => void (await put(path, JSON.stringify(members))),
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  };
}
