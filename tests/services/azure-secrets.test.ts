import { SecretClient } from "@azure/keyvault-secrets";
import { nodeFileSystem, systemClock } from "@llmcfg/config";
import { azureSecrets, createSecretsManager, type SecretsManager } from "@llmcfg/config/secrets";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBlockManager } from "../../packages/config/src/secrets/create-secrets-manager.ts";
import { type OpenedSecrets, testSecretsManager } from "../conformance/ports/secrets-manager.ts";
import { type CloudFake, openAzureFake } from "../support/services/cloudfakes.ts";

let server: CloudFake | undefined;

beforeAll(async () => {
  server = await openAzureFake();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

testSecretsManager("Azure Key Vault (FAKE: contract fake)", openContract);

describe("Azure Key Vault (FAKE: contract fake)", () => {
  test("SM-6 a version is named by its id, and named in what is found", async () => {
    const first = await clientOfFake().setSecret("db", "one");
    await clientOfFake().setSecret("db", "two");
    const { version = "" } = first.properties;
    await using manager = managerOfFake();

    using older = await manager.getSecret("db", { version });

    expect([new TextDecoder().decode(older.bytes), older.version]).toEqual(["one", version]);
  });

  test("SM-6 the end that a secret has is known", async () => {
    const expiresOn = new Date("2030-01-01T00:00:00Z");
    await clientOfFake().setSecret("ending", "1", { expiresOn });
    await using manager = managerOfFake();

    using found = await manager.getSecret("ending");

    expect(found.expiresAt).toEqual(expiresOn);
  });

  test("SM-6 a version that is disabled is refused, which is not answered with a missing secret", async () => {
    const { properties } = await clientOfFake().setSecret("disabled", "1");
    await clientOfFake().updateSecretProperties("disabled", properties.version ?? "", {
      enabled: false,
    });
    await using manager = managerOfFake();

    await expect(manager.getSecret("disabled")).rejects.toMatchObject({ code: "secret_denied" });
  });

  test("CHK-8 what it answers is told with the time, also where nobody is let in", async () => {
    const dates: (string | undefined)[] = [];
    const block = {
      backend: "azure_key_vault",
      vault_url: fake().url,
      tenant_id: "00000000-0000-0000-0000-000000000000",
      client_id: "gateway",
      client_secret: "sk-canary",
      request_timeout: "2s",
    };
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"; // the block has no place for an authority
    await using manager = await createBlockManager(block, {
      clock: systemClock,
      random: () => 0.5,
      fs: nodeFileSystem,
      variable: () => undefined,
      onAnswer: ({ date }) => dates.push(date),
    });

    await manager.getSecret("any").catch(() => {});
    delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];

    const [date] = dates;
    expect(Math.abs(Date.now() - Date.parse(date ?? ""))).toBeLessThan(60_000);
  });

  test("SM-6 a login with a client's secret that fails says nothing of the secret", async () => {
    await using manager = await createSecretsManager({
      backend: "azure_key_vault",
      vault_url: "https://127.0.0.1:9",
      tenant_id: "00000000-0000-0000-0000-000000000000",
      client_id: "gateway",
      client_secret: "sk-canary",
      request_timeout: "2s",
    });

    const error = await manager.getSecret("any").catch((e: unknown) => e);

    expect(error).toMatchObject({ code: "backend_unreachable" });
    expect(String(error)).not.toContain("sk-canary");
  });
});

function fake(): CloudFake {
  if (server === undefined) throw new Error("run tools/services/install.sh cloudfakes");
  return server;
}

function clientOfFake(): SecretClient {
  const { url, certificate: ca } = fake();
  const credential = {
    getToken: async () => ({ token: "test", expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  return new SecretClient(url, credential, {
    disableChallengeResourceVerification: true,
    tlsOptions: { ca },
    retryOptions: { maxRetries: 0 },
  });
}

function managerOfFake(): SecretsManager {
  return azureSecrets({ client: clientOfFake() });
}

async function openContract(): Promise<OpenedSecrets> {
  const manager = managerOfFake();
  const put = async (path: string, text: string) =>
    (await clientOfFake().setSecret(path, text)).properties.version;
  return {
    manager,
    put,
    putMembers: async (path, members) => void (await put(path, JSON.stringify(members))),
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  };
}
