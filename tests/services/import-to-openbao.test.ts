import { afterAll, beforeAll, expect, test } from "vitest";
import { GatewayFolder } from "../../packages/cli/test/gateway/run-gateway.ts";
import { type OpenBao, openBao } from "../support/services/openbao.ts";

const CANARY = "sk-canary-4be1";
const LITELLM = `model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: "${CANARY}-openai" }
  - model_name: mistral-small
    litellm_params: { model: mistral/mistral-small-latest, api_key: "${CANARY}-mistral" }
general_settings: { master_key: "${CANARY}-master" }
`;

let server: OpenBao | undefined;

beforeAll(async () => {
  server = await openBao();
  await server?.call("POST", "sys/mounts/imports", { type: "kv", options: { version: "2" } });
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const needed = (): OpenBao => {
  if (server === undefined) throw new Error("there is no OpenBao: tools/services/install.sh bao");
  return server;
};

const variables = ({ url, rootToken }: OpenBao) => ({
  env: { VAULT_ADDR: url, VAULT_TOKEN: rootToken },
});

const ARGV = ["import", "litellm", "config.yaml", "--move-secrets-to", "vault:imports"];

test("GWI-3 the credentials of a file are in the vault, and its document finds them there", async () => {
  await using folder = await GatewayFolder.create({ "config.yaml": LITELLM });
  const there = variables(needed());

  const imported = await folder.run([...ARGV, "--to", "gateway.yaml"], there);
  const again = await folder.run(ARGV, there);
  const checked = await folder.run(["check", "gateway.yaml"], there);

  expect([imported.code, imported.out]).toEqual([0, ""]);
  expect([again.code, again.out]).toEqual([0, await folder.read("gateway.yaml")]);
  expect(checked.out).toContain("secret references resolved");
  expect(checked.code).toBe(0);
  const stored = await needed().call("GET", "imports/data/imported/litellm/openai/auth.key");
  expect(stored).toMatchObject({ data: { data: { value: `${CANARY}-openai` } } });
  const shown = imported.err + again.out + again.err + checked.out;
  expect(shown).not.toContain(CANARY);
  expect(shown).not.toContain(needed().rootToken + '"');
});

test("GWI-3 another value in the vault is kept: exit 6, and no document", async () => {
  await using folder = await GatewayFolder.create({
    "config.yaml": LITELLM.replace(`${CANARY}-openai`, `${CANARY}-other`),
  });

  const { code, out, err } = await folder.run(ARGV, variables(needed()));

  expect([code, out]).toEqual([6, ""]);
  expect(err).toContain("imports/imported/litellm/openai/auth.key in the vault has another value");
  expect(err).not.toContain(CANARY);
  const stored = await needed().call("GET", "imports/data/imported/litellm/openai/auth.key");
  expect(stored).toMatchObject({ data: { data: { value: `${CANARY}-openai` } } });
});

test("GWI-3 a mount that is not there exits 3, a token that may not write 5", async () => {
  await using folder = await GatewayFolder.create({ "config.yaml": LITELLM });
  const { url } = needed();

  const noMount = await folder.run(
    ["import", "litellm", "config.yaml", "--move-secrets-to", "vault:nowhere"],
    variables(needed()),
  );
  const noRight = await folder.run(ARGV, { env: { VAULT_ADDR: url, VAULT_TOKEN: "none" } });

  expect([noMount.code, noRight.code]).toEqual([3, 5]);
  expect(noMount.err).toContain("no key-value engine, version 2, at nowhere");
  expect(noMount.out + noRight.out).toBe("");
});
