import { stat } from "node:fs/promises";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { CANARY, GatewayFolder, SOUND } from "./run-gateway.ts";

const LITELLM = `model_list:
  - model_name: gpt-4o
    litellm_params:
      model: openai/gpt-4o
      api_key: ${CANARY}
`;
const WITHOUT_LITERAL = LITELLM.replace(CANARY, "os.environ/OPENAI_API_KEY");

test("GWI-3 GWI-9 a literal credential is refused by default, with its position: exit 7, nothing written", async () => {
  await using folder = await GatewayFolder.create({ "config.yaml": LITELLM });

  const { code, out, err } = await folder.run([
    "import",
    "litellm",
    "config.yaml",
    "--to",
    "gateway.yaml",
  ]);

  expect([code, out]).toEqual([7, ""]);
  expect(err).toContain("refused  config.yaml:5:16  model_list[0].litellm_params.api_key");
  expect(err).toMatch(/^hint: store them with --move-secrets-to .*--redact-literals/m);
  expect(err).not.toContain(CANARY);
  await expect(folder.read("gateway.yaml")).rejects.toThrow("ENOENT");
});

test("GWI-3 --redact-literals writes references and no credential", async () => {
  await using folder = await GatewayFolder.create({ "config.yaml": LITELLM });

  const { code, out, err } = await folder.run([
    "import",
    "litellm",
    "config.yaml",
    "--redact-literals",
  ]);

  expect(code).toBe(0);
  expect(out).toContain("key: ${secret:imported/litellm/openai/auth.key}");
  expect(out + err).not.toContain(CANARY);
});

test("GWI-3 --move-secrets-to environment:FILE stores each credential for its owner alone, and prints none", async () => {
  const second = `  - model_name: m
    litellm_params: { model: mistral/mistral-small, api_key: "${CANARY}'two'#words" }
`;
  await using folder = await GatewayFolder.create({ "config.yaml": LITELLM + second });
  const argv = ["import", "litellm", "config.yaml", "--move-secrets-to", "environment:gateway.env"];

  const { code, out, err } = await folder.run([...argv, "--to", "gateway.yaml"]);

  expect([code, out]).toEqual([0, ""]);
  const document = await folder.read("gateway.yaml");
  const variables = parseEnv(await folder.read("gateway.env"));
  expect(variables).toEqual({
    IMPORTED_LITELLM_OPENAI_AUTH_KEY: CANARY,
    IMPORTED_LITELLM_MISTRAL_AUTH_KEY: `${CANARY}'two'#words`,
  });
  expect((await stat(folder.at("gateway.env"))).mode & 0o777).toBe(0o600);
  expect(document).toContain("key: ${env:IMPORTED_LITELLM_OPENAI_AUTH_KEY}\n");
  expect(err).toMatch(/^2 credentials stored in environment:gateway\.env$/m);
  expect(err + document).not.toContain(CANARY);
  const env = variables as Record<string, string>; // every value is there
  expect((await folder.run(["check", "gateway.yaml"], { env })).code).toBe(0);
});

test("GWI-3 --move-secrets-to stores nothing where there will be no document", async () => {
  await using folder = await GatewayFolder.create({
    "config.yaml": LITELLM,
    "there.yaml": "version: 1\n",
    "gateway.env": "A=1\n",
  });
  const argv = ["import", "litellm", "config.yaml", "--move-secrets-to"];

  const lossy = await folder.run([...argv, "environment:new.env", "--fail-on", "assumed"]);
  const taken = await folder.run([...argv, "environment:new.env", "--to", "there.yaml"]);
  const known = await folder.run([...argv, "environment:gateway.env", "--to", "new.yaml"]);

  expect([lossy.code, taken.code, known.code]).toEqual([7, 6, 6]);
  expect(lossy.out + taken.out + known.out).toBe("");
  expect(known.err).toContain("gateway.env exists already");
  expect(await folder.read("gateway.env")).toBe("A=1\n");
  await expect(folder.read("new.env")).rejects.toThrow("ENOENT");
  await expect(folder.read("new.yaml")).rejects.toThrow("ENOENT");
});

test("GWI-3 --move-secrets-to vault sends no secret without TLS to another machine", async () => {
  await using folder = await GatewayFolder.create({ "config.yaml": LITELLM });
  const argv = ["import", "litellm", "config.yaml", "--move-secrets-to", "vault:kv"];
  const at = (address: string) => ({ env: { VAULT_ADDR: address, VAULT_TOKEN: "hvs.canary-1" } });

  const plain = await folder.run(argv, at("http://vault.internal:8200"));
  const closed = await folder.run(argv, at("http://127.0.0.1:1"));

  expect([plain.code, plain.out]).toEqual([2, ""]);
  expect(plain.err).toMatch(/secrets are not sent to vault.internal:8200 without TLS/i);
  expect([closed.code, closed.out]).toEqual([9, ""]);
  expect(closed.err).toContain("the vault at http://127.0.0.1:1 cannot be asked");
  expect(plain.err + closed.err).not.toMatch(/canary/);
});

test("GWI-9 no way to store credentials is offered where something else is refused", async () => {
  await using folder = await GatewayFolder.create({ "config.yaml": "include: [none.yaml]\n" });

  const { code, err } = await folder.run(["import", "litellm", "config.yaml"]);

  expect(code).toBe(7);
  expect(err).toContain("refused");
  expect(err).not.toContain("hint");
});

test("GWI-9 what is imported is written to stdout or to a new file, and passes check", async () => {
  await using folder = await GatewayFolder.create({ "config.yaml": WITHOUT_LITERAL });

  const printed = await folder.run(["import", "litellm", "config.yaml"]);
  const written = await folder.run(["import", "litellm", "config.yaml", "--to", "gateway.yaml"]);
  const again = await folder.run(["import", "litellm", "config.yaml", "--to", "gateway.yaml"]);
  const checked = await folder.run(["check", "gateway.yaml", "--min-providers", "0"]);

  expect([printed.code, written.code, again.code, checked.code]).toEqual([0, 0, 6, 0]);
  expect(written.out).toBe("");
  expect(await folder.read("gateway.yaml")).toBe(printed.out);
  expect(again.err).toContain("exists already");
});

test("GWI-9 --fail-on turns losses into exit 7; -o json gives the report alone", async () => {
  await using folder = await GatewayFolder.create({ "config.yaml": WITHOUT_LITERAL });
  const argv = ["import", "litellm", "config.yaml"];

  const lossy = await folder.run([...argv, "--fail-on", "approximated,assumed"]);
  const fine = await folder.run([...argv, "--fail-on", "preserved"]);
  const json = await folder.run([...argv, "-o", "json"]);

  expect([lossy.code, lossy.out]).toEqual([7, ""]);
  expect(fine.code).toBe(0);
  expect([json.code, json.err]).toEqual([0, ""]);
  expect(JSON.parse(json.out)).toMatchObject({
    inputLeaves: 3,
    counts: { refused: 0, assumed: 1 },
  });
});

test.each([
  [["import", "litellm", "none.yaml"], 3, "none.yaml does not exist"],
  [["import", "nginx", "config.yaml"], 2, "those of litellm can be read"],
  [["import", "litellm", "config.yaml", "--fail-on", "all"], 2, "approximated, assumed, preserved"],
  [["import", "litellm", "config.yaml", "--format", "xml"], 2, "yaml, toml, json"],
  [["import", "litellm", "config.yaml", "--move-secrets-to", "vault"], 2, "set vault_addr"],
  [["import", "litellm", "config.yaml", "--move-secrets-to", "keychain"], 2, "no backend keychain"],
  [
    ["import", "litellm", "config.yaml", "--move-secrets-to", "aws_secrets_manager"],
    2,
    "does not write to aws_secrets_manager",
  ],
  [["import", "litellm", "config.yaml", "--move-secrets-to", "environment"], 2, "name the file"],
  [
    ["import", "litellm", "config.yaml", "--move-secrets-to", "environment:x", "-o", "json"],
    2,
    "with --to",
  ],
  [
    ["import", "litellm", "config.yaml", "--move-secrets-to", "environment:x", "--redact-literals"],
    2,
    "either --move-secrets-to or --redact-literals",
  ],
  [["export", "nginx", "config.yaml"], 2, "those for litellm can be written"],
  [["export", "litellm", "config.yaml", "--env-map", "x"], 2, "path=name"],
])("GWI-9 GWX-1 %j exits %i", async (argv, exitCode, text) => {
  await using folder = await GatewayFolder.create({ "config.yaml": WITHOUT_LITERAL });

  const { code, out, err } = await folder.run(argv);

  expect([code, out]).toEqual([exitCode, ""]);
  expect(err.toLowerCase()).toContain(text);
});

test("GWX-1 export writes the target's own references, and never what they stand for", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": SOUND });

  const text = await folder.run(["export", "litellm", "gateway.yaml"]);
  const json = await folder.run(["export", "litellm", "gateway.yaml", "-o", "json"]);

  expect(text.code).toBe(0);
  expect(text.out).toContain("api_key: os.environ/OPENAI_API_KEY\n");
  expect([json.code, json.err]).toEqual([0, ""]);
  expect(Object.keys(JSON.parse(json.out) as object)).toEqual(
    expect.arrayContaining(["counts", "entries", "files"]),
  );
  expect(text.out + text.err + json.out).not.toContain(CANARY);
});

test("GWX-1 a secret that the target cannot express is refused unless --env-map names a variable", async () => {
  const vault = `secrets: { backend: vault, mount_path: kv, address: "https://vault.internal:8200", token: "\${env:CI_KEY}" }\n`;
  const secret = SOUND.replace("${env:OPENAI_API_KEY}", "${secret:llm/openai#key}");
  await using folder = await GatewayFolder.create({ "gateway.yaml": vault + secret });
  const argv = ["export", "litellm", "gateway.yaml"];

  const refused = await folder.run(argv);
  const mapped = await folder.run([...argv, "--env-map", "providers[openai].auth.key=MAPPED_KEY"]);

  expect([refused.code, refused.out]).toEqual([7, ""]);
  expect(refused.err).toContain("providers[openai].auth.key");
  expect(mapped.code).toBe(0);
  expect(mapped.out).toContain("api_key: os.environ/MAPPED_KEY\n");
});
