import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { credentials } from "@grpc/grpc-js";
import {
  cached,
  createSecretsManager,
  gcpSecrets,
  type SecretsManager,
} from "@llmcfg/config/secrets";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenedSecrets, testSecretsManager } from "../conformance/ports/secrets-manager.ts";
import { type CloudFake, openGoogleFake } from "../support/services/cloudfakes.ts";

let server: CloudFake | undefined;
/** Writes what is read. */
let writer: SecretManagerServiceClient;

beforeAll(async () => {
  process.env["METADATA_SERVER_DETECTION"] = "none"; // else the client looks for one outside this machine
  server = await openGoogleFake();
  writer = clientOfFake();
});

afterAll(async () => {
  delete process.env["METADATA_SERVER_DETECTION"];
  await writer?.close();
  await server?.[Symbol.asyncDispose]();
});

testSecretsManager("Google Cloud Secret Manager (FAKE: contract fake)", openContract);

describe("Google Cloud Secret Manager (FAKE: contract fake)", () => {
  test("SM-6 the version is the newest where none is named, and named in what is found", async () => {
    await add("plain", "one");
    await add("plain", "two");
    await using manager = managerOfFake("p");

    using newest = await manager.getSecret("plain");
    using first = await manager.getSecret("plain", { version: "1" });
    using latest = await manager.getSecret("plain", { version: "latest" });

    const shown = [newest, first, latest].map(({ bytes, version }) => [textOf(bytes), version]);
    expect(shown).toEqual([
      ["two", "2"],
      ["one", "1"],
      ["two", "2"],
    ]);
  });

  test("SM-6 a full resource name leads to another project", async () => {
    await add("elsewhere", "1", "other");
    await using manager = managerOfFake("p");

    using found = await manager.getSecret("projects/other/secrets/elsewhere");

    expect(textOf(found.bytes)).toBe("1");
    await expect(manager.getSecret("elsewhere")).rejects.toMatchObject({
      code: "secret_not_found",
    });
  });

  test("SM-6 a version that is disabled is gone: a cache does not answer for it", async () => {
    await add("disabled", "1");
    await using manager = cached(managerOfFake("p"));
    await manager.getSecret("disabled");
    await writer.disableSecretVersion({ name: "projects/p/secrets/disabled/versions/1" });
    await manager.refresh();

    await expect(manager.getSecret("disabled")).rejects.toMatchObject({ code: "secret_not_found" });
  });

  test("SM-6 bytes that do not fit their checksum are refused, and are in no error", async () => {
    await add("checked", "sk-canary");
    const honest = clientOfFake();
    await using manager = gcpSecrets({
      projectId: "p",
      client: {
        accessSecretVersion: async (request, options) => {
          const [found] = await honest.accessSecretVersion(request, options);
          const changed = Buffer.from("sk-canarY"); // one bit of it
          return [{ ...found, payload: { ...found.payload, data: changed } }];
        },
        close: () => honest.close(),
      },
    });

    const error = await manager.getSecret("checked").catch((e: unknown) => e);

    expect(error).toMatchObject({ code: "backend_unreachable" });
    expect(String(error)).not.toMatch(/canar/i);
  });

  test("SM-6 credentials may be a file or a reference, and must be JSON; none of it is in an error", async () => {
    const block = { backend: "gcp_secret_manager", project_id: "p" };
    const key = { type: "service_account", client_email: "a@p.test", private_key: "sk-canary" };
    process.env["LLMCFG_TEST_GCP"] = JSON.stringify(key);
    process.env["LLMCFG_TEST_BAD"] = "sk-canary {";

    await using manager = await createSecretsManager({
      ...block,
      credentials_path: "${env:LLMCFG_TEST_GCP}",
      request_timeout: "5s",
    });
    await using broken = await createSecretsManager({
      ...block,
      credentials_path: "${env:LLMCFG_TEST_BAD}",
    });
    const error = await broken.getSecret("any").catch((e: unknown) => e);
    delete process.env["LLMCFG_TEST_GCP"];
    delete process.env["LLMCFG_TEST_BAD"];

    expect(manager.kind).toBe("gcp_secret_manager");
    expect(error).toMatchObject({ code: "secrets_block_invalid" });
    expect(String(error)).not.toContain("sk-canary");
  });
});

function fake(): CloudFake {
  if (server === undefined) throw new Error("run tools/services/install.sh cloudfakes");
  return server;
}

function clientOfFake(): SecretManagerServiceClient {
  const sslCreds = credentials.createInsecure();
  return new SecretManagerServiceClient({
    apiEndpoint: "127.0.0.1",
    port: fake().port,
    sslCreds,
    projectId: "p",
  });
}

function managerOfFake(projectId: string): SecretsManager {
  return gcpSecrets({ projectId, client: clientOfFake() });
}

async function add(secretId: string, text: string, project = "p"): Promise<string> {
  const parent = `projects/${project}`;
  const secret = { replication: { automatic: {} } };
  await writer.createSecret({ parent, secretId, secret }).catch(() => {}); // there already
  const payload = { data: Buffer.from(text) };
  const [version] = await writer.addSecretVersion({
    parent: `${parent}/secrets/${secretId}`,
    payload,
  });
  return version.name?.split("/").at(-1) ?? "";
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function openContract(): Promise<OpenedSecrets> {
  const manager = managerOfFake("p");
  return {
    manager,
    put: (path, text) => add(path, text),
    putMembers: async (path, members) => void (await add(path, JSON.stringify(members))),
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  };
}
