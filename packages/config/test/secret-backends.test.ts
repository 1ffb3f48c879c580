import { type ConfigError, ConfigLoader, type Json } from "@llmcfg/config";
import { createSecretsManager, type SecretsManager } from "@llmcfg/config/secrets";
import { expect, test } from "vitest";
import { MemorySecrets } from "../../../tests/support/memory-secrets.ts";
import { nodeFileSystem } from "../src/file-system.ts";
import { importDriver } from "../src/import-driver.ts";
import { ReferencedFiles } from "../src/references/referenced-files.ts";
import { BACKENDS } from "../src/secrets/backends.ts";
import { createBlockManager } from "../src/secrets/create-secrets-manager.ts";
import { crc32c } from "../src/secrets/gcp/crc32c.ts";
import { reopened } from "../src/secrets/reopened.ts";
import { SecretStore } from "../src/secrets/secret-store.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";

test("SM-12 every backend refuses, when it is made, the block of another one", async () => {
  const names = [
    "vault",
    "aws_secrets_manager",
    "gcp_secret_manager",
    "azure_key_vault",
    "environment",
  ];

  const refused = await Promise.all(
    [...BACKENDS.values()].map(async (load) => {
      const create = await load();
      return await create({ backend: "llmcfg" }, tools()).catch((error: ConfigError) => error.code);
    }),
  );

  expect([...BACKENDS.keys()]).toEqual(names);
  expect(refused).toEqual(names.map(() => "wrong_backend"));
});

test.each<[string, Json]>([
  ["neither token nor auth", {}],
  ["both", { token: "t", auth: { type: "jwt", role: "r", jwt: "j" } }],
  ["a login that there is not", { auth: { type: "ldap" } }],
])("SM-2 a vault block with %s is refused when it is made", async (_name, members) => {
  const block = { backend: "vault", address: "https://v.test", mount_path: "kv" };

  const making = createSecretsManager({ ...block, ...(members as object) });

  await expect(making).rejects.toMatchObject({ code: "secrets_block_invalid" });
});

test("SEC-7 a credential of the block cannot be a secret of the manager, as text or as handle", async () => {
  const block = { backend: "vault", address: "http://127.0.0.1:9", mount_path: "kv" };
  const { store } = storeOf({});
  const path = { backend: undefined, path: "token", key: undefined, version: undefined };
  const handle = store.handleFor({ kind: "secret", ...path }, "${secret:token}");

  const managers = [
    await createSecretsManager({ ...block, token: "${secret:token}" }),
    await createBlockManager({ ...block, token: handle }, tools()),
  ];

  for (const manager of managers) {
    await expect(manager.getSecret("any")).rejects.toMatchObject({
      code: "secret_in_secrets_block",
    });
  }
});

test("SM-2 a driver that is not installed is named, with what to do", async () => {
  const missing = Object.assign(new Error("not found"), { code: "ERR_MODULE_NOT_FOUND" });

  const importing = importDriver("@aws-sdk/client-secrets-manager", () => Promise.reject(missing));

  await expect(importing).rejects.toMatchObject({
    code: "driver_missing",
    message: "the package @aws-sdk/client-secrets-manager is not installed",
    hint: "npm install @aws-sdk/client-secrets-manager",
  });
});

// RFC 3720, appendix B.4, and the check value of the catalogue of CRC algorithms.
test.each<[string, Uint8Array, number]>([
  ["zeros", new Uint8Array(32), 0x8a9136aa],
  ["ones", new Uint8Array(32).fill(255), 0x62a8ab43],
  ["ascending bytes", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ["descending bytes", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ["digits", new TextEncoder().encode("123456789"), 0xe3069283],
  ["nothing", new Uint8Array(), 0],
])("SM-6 the CRC-32C of %s is that of the standard", (_name, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test("SM-13 a credential that was rotated opens the backend anew, and requests under way end with the old one", async () => {
  const { store, variables } = storeOf({ TOKEN: "one" });
  const token = store.handleFor({ kind: "env", name: "TOKEN", default: undefined }, "${env:TOKEN}");
  const opened: HeldSecrets[] = [];
  await using manager = await reopened(async () => {
    const secrets = new HeldSecrets(await token.reveal());
    opened.push(secrets);
    return secrets;
  }, [token]);
  const gate = opened[0]?.hold();

  const early = read(manager);
  variables["TOKEN"] = "two";
  await token.reveal();
  const later = await Promise.all([read(manager), read(manager)]);
  const before = opened.map(({ isEnded }) => isEnded);
  gate?.resolve();

  expect([await early, ...later]).toEqual(["one", "two", "two"]);
  expect(before).toEqual([false, false]);
  expect(opened.map(({ isEnded }) => isEnded)).toEqual([true, false]);
});

test("SM-13 a backend that cannot be opened anew serves on, and is tried again", async () => {
  const { store, variables } = storeOf({ TOKEN: "one" });
  const token = store.handleFor({ kind: "env", name: "TOKEN", default: undefined }, "${env:TOKEN}");
  let isBroken = false;
  const open = async () => {
    if (isBroken) throw new Error("the file is half written");
    return new HeldSecrets(await token.reveal());
  };
  await using manager = await reopened(open, [token]);

  isBroken = true;
  variables["TOKEN"] = "two";
  await token.reveal();
  const meanwhile = await read(manager);
  isBroken = false;

  expect([meanwhile, await read(manager)]).toEqual(["one", "two"]);
});

test("LCS-5 a second source of a kind that brings secrets is refused: the first has the name", () => {
  const loader = new ConfigLoader(gatewaySchema);
  const sourceOf = (id: string, secrets?: SecretsManager) =>
    new MemorySource({}, secrets === undefined ? { id } : { id, secrets });
  loader.addSource(sourceOf("llmcfg:plain")).addSource(sourceOf("llmcfg:a", new MemorySecrets()));
  loader.addSource(sourceOf("llmcfg:without"));

  const adding = () => loader.addSource(sourceOf("llmcfg:b", new MemorySecrets()));

  expect(adding).toThrow(
    "the source llmcfg:b cannot be added: ${secret://llmcfg/…} leads to the secrets of llmcfg:a already",
  );
  expect(loader.precedence().map(({ source }) => source)).not.toContain("llmcfg:b");
});

/** One secret, which is what it was opened with. */
class HeldSecrets extends MemorySecrets {
  isEnded = false;
  #gate: Promise<void> = Promise.resolve();

  constructor(text: string) {
    super();
    this.put("s", text);
  }

  hold(): { readonly resolve: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return { resolve };
  }

  override async getSecret(...asked: Parameters<MemorySecrets["getSecret"]>) {
    await this.#gate;
    if (this.isEnded) throw new Error("it was ended under way");
    return await super.getSecret(...asked);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.isEnded = true;
  }
}

async function read(manager: SecretsManager): Promise<string> {
  using material = await manager.getSecret("s");
  return new TextDecoder().decode(material.bytes);
}

function tools() {
  const clock = new ManualClock();
  return { clock, random: () => 0.5, fs: nodeFileSystem, variable: () => undefined };
}

function storeOf(variables: Record<string, string>) {
  const fs = nodeFileSystem;
  const files = new ReferencedFiles({ fs, roots: undefined });
  const clock = new ManualClock();
  return { variables, store: new SecretStore({ variables: () => variables, fs, files, clock }) };
}
