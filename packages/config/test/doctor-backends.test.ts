import { ConfigLoader, type DoctorFinding, defineSchema, doctorFiles, field } from "@llmcfg/config";
import { expect, test } from "vitest";
import { z } from "zod";
import { MemorySecrets } from "../../../tests/support/memory-secrets.ts";
import { type Answer, HttpPeer } from "./support/http-peer.ts";
import { MemorySource } from "./support/memory-source.ts";

const root = z.strictObject({
  keys: z.array(field.secret()),
  secrets: z
    .strictObject({
      backend: z.enum(["vault", "environment"]),
      address: z.string().optional(),
      mount_path: z.string().optional(),
      token: field.secret().optional(),
    })
    .nullable()
    .default(null),
});

const schema = defineSchema({ name: "backends", envPrefix: "BACKENDS_", root, secrets: "secrets" });

test("CHK-8 the clock of a secret backend is compared by the Date of its answers, on a connection of the doctor's own", async () => {
  const lateMs = 600_000;
  await using peer = await HttpPeer.start((request, response) => {
    response.setHeader("date", new Date(Date.now() - lateMs).toUTCString());
    answerLikeVault(request, response);
  });

  const findings = await remotesOf(loaderOf(peer, ["${secret:one}", "${secret:two}"]));

  expect(findings).toEqual([
    { id: "CHK-8", result: "pass", message: "the secrets backend vault answers" },
    {
      id: "CHK-8",
      result: "warn",
      message: expect.stringMatching(
        /^this machine is (59|60)\d s ahead of the secrets backend vault$/,
      ),
      fix: "synchronise the clocks (NTP)",
    },
  ]);
  const reads = peer.requests.filter(({ url = "" }) => url.startsWith("/v1/kv/"));
  expect(reads.map(({ url }) => url)).toEqual([
    "/v1/kv/data/one",
    "/v1/kv/data/two",
    "/v1/kv/data/two",
  ]);
});

test("CHK-8 a backend that refuses fails with the reference and the reason, and still tells the time", async () => {
  await using peer = await HttpPeer.start((request, response) => {
    if (request.url?.startsWith("/v1/kv/") === true) response.writeHead(403).end("{}");
    else answerLikeVault(request, response);
  });

  const findings = await remotesOf(loaderOf(peer, ["${secret:one#a}"]));

  expect(findings.map(({ result, message }) => `${result} ${message}`)).toEqual([
    "fail the secrets backend vault: ${secret:one#a} cannot be resolved: the vault answered kv/one with status 403",
    "pass the clocks of the secrets backend vault and this machine agree",
  ]);
});

test("CHK-8 a backend that nobody answers for fails, and says nothing of the time", async () => {
  const peer = await HttpPeer.start(answerLikeVault);
  const loader = loaderOf(peer, ["${secret:one}"]);
  await peer[Symbol.asyncDispose]();

  const findings = await remotesOf(loader);

  expect(findings).toEqual([
    {
      id: "CHK-8",
      result: "fail",
      message: expect.stringMatching(/^the secrets backend vault: .*ECONNREFUSED$/),
      fix: "check address, network, credentials and permissions",
    },
  ]);
});

test("CHK-8 no backend is asked where secrets are not to be resolved", async () => {
  await using peer = await HttpPeer.start(answerLikeVault);
  const loader = loaderOf(peer, ["${secret:one}", "${secret://memory/two}"]);
  loader.withSecretsManager(new MemorySecrets(), { backend: "memory" });

  const findings = await doctorFiles(loader, { resolveSecrets: false });

  expect(findings.filter(({ id }) => id === "CHK-8")).toEqual(
    ["vault", "memory"].map((name) => ({
      id: "CHK-8",
      result: "not_applicable",
      message: `the secrets backend ${name} is not asked: secrets are not resolved`,
    })),
  );
  expect(peer.requests).toEqual([]);
});

test("CHK-8 a backend that has no clock of its own only answers, and each named one is asked", async () => {
  const memory = new MemorySecrets();
  memory.put("two", "sk-canary-2");
  const loader = new ConfigLoader(schema)
    .addSource(
      new MemorySource({
        keys: ["${secret:one}", "${secret://memory/two}"],
        secrets: { backend: "environment" },
      }),
    )
    .addEnv({ variables: { ONE: "sk-canary-1" } })
    .withSecretsManager(memory, { backend: "memory" });

  const findings = await remotesOf(loader);

  expect(findings.map(({ message }) => message)).toEqual([
    "llmcfg:llm-gateway answers",
    "the secrets backend environment answers",
    "the secrets backend memory answers",
  ]);
});

const answerLikeVault: Answer = ({ url = "" }, response) => {
  const isRead = url.startsWith("/v1/kv/");
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify(
      isRead
        ? { data: { data: { value: "sk-canary" }, metadata: { version: 1 } } }
        : { data: { ttl: 0, renewable: false } },
    ),
  );
};

function loaderOf(peer: HttpPeer, keys: readonly string[]) {
  const secrets = {
    backend: "vault" as const,
    address: peer.url,
    mount_path: "kv",
    token: "${env:VAULT_TOKEN}",
  };
  return new ConfigLoader(schema)
    .withOverrides({ keys: [...keys], secrets })
    .addEnv({ variables: { VAULT_TOKEN: "t" } });
}

async function remotesOf<T>(loader: ConfigLoader<T>): Promise<readonly DoctorFinding[]> {
  return (await doctorFiles(loader)).filter(({ id }) => id === "CHK-8");
}
