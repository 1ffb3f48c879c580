import { stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { CANARY, GatewayFolder, KEYS, SOUND } from "./run-gateway.ts";

test("BOOT-3 a sound file is valid: one line, nothing on stderr, exit 0", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": SOUND });

  const { code, out, err } = await folder.run(["check", "gateway.yaml"]);

  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(
    /^valid: 0 errors, 0 warnings · 2 secret references resolved · checksum [0-9a-f]{8}…\n$/,
  );
  expect(out.trimEnd().length).toBeLessThanOrEqual(80);
});

test("BOOT-3 check -o json is one document with the report and the checksum", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": SOUND });

  const { code, out, err } = await folder.run(["check", "gateway.yaml", "-o", "json"]);

  expect([code, err]).toEqual([0, ""]);
  expect(JSON.parse(out)).toEqual({
    valid: true,
    errors: [],
    warnings: [],
    skipped: [],
    checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    secretReferences: 2,
    secretsResolved: true,
  });
});

test("BOOT-3 check opens no audit log, and leaves nothing behind", async () => {
  const audit = "observability: { audit: { required: true, output: { type: file, path: LOG } } }\n";
  await using folder = await GatewayFolder.create();
  await folder.write("gateway.yaml", SOUND + audit.replace("LOG", folder.at("audit.jsonl")));

  const { code } = await folder.run(["check", "gateway.yaml"]);

  expect(code).toBe(0);
  await expect(stat(folder.at("audit.jsonl"))).rejects.toThrow("ENOENT");
});

test("BOOT-3 --no-secrets asks nobody, so that it is valid where there are no secrets", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": SOUND });

  const without = await folder.run(["check", "gateway.yaml"], { env: {} });
  const notAsked = await folder.run(["check", "gateway.yaml", "--no-secrets"], { env: {} });

  expect(without.code).toBe(7);
  expect(without.out).toContain(
    `error secret_unavailable  gateway.yaml:6:33  providers[openai].auth.key`,
  );
  expect(without.out).toContain("Environment variable not found: OPENAI_API_KEY");
  expect(notAsked.code).toBe(0);
  expect(notAsked.out).toContain("2 secret references not looked at");
});

test("BOOT-3 errors stand at file:line:col, the lines of code beside them, and skipped checks on one line", async () => {
  await using folder = await GatewayFolder.create({
    "gateway.yaml": SOUND.replace("weight:", "wieght:"),
  });
  const file = "gateway.yaml";

  const { code, out, err } = await folder.run(["check", "gateway.yaml"]);

  expect([code, err]).toEqual([7, ""]);
  expect(out).toContain(`error unknown_key  ${file}:8:5  providers[openai].wieght\n`);
  expect(out).toContain('^^^^^^ unknown key; did you mean "weight"?\n');
  expect(
    out.match(/^skipped, because providers is invalid: alias_clash, .+, model_sunset$/gm),
  ).toHaveLength(1);
  expect(out).toMatch(/\ninvalid: 1 error, 0 warnings\n$/);
});

test("BOOT-3 a required key that is missing is told at the object in the file, whatever a variable gives it", async () => {
  await using folder = await GatewayFolder.create({
    "gateway.yaml": SOUND.replace("    type: openai\n", ""),
  });
  const env = { ...KEYS, GATEWAY_PROVIDERS__OPENAI__WEIGHT: "3", GATEWAY_METADATA__OWNER: "ada" };

  const { code, out } = await folder.run(["check", "gateway.yaml"], { env });

  expect(code).toBe(7);
  expect(out).toContain("error schema_violation  gateway.yaml:4:5  providers[openai]");
  expect(out).toMatch(/^ +4 \| {3}- id: openai$/m);
});

test("BOOT-3 errors in JSON have path, code and position", async () => {
  await using folder = await GatewayFolder.create({
    "gateway.yaml": SOUND.replace("weight:", "wieght:"),
  });

  const { code, out, err } = await folder.run(["check", "gateway.yaml", "--json"]);

  expect([code, err]).toEqual([7, ""]);
  expect(JSON.parse(out)).toMatchObject({
    valid: false,
    errors: [
      {
        code: "unknown_key",
        path: "providers[openai].wieght",
        position: { file: "gateway.yaml", line: 8, column: 5 },
      },
    ],
  });
});

test("BOOT-3 text that is no YAML is a finding with its place: exit 7", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": "a: 1\nb: [\n" });

  const { code, out } = await folder.run(["check", "gateway.yaml"]);

  expect(code).toBe(7);
  expect(out).toContain(`error parse_error  gateway.yaml:3:1\n`);
});

test("BOOT-3 a file that is not there is exit 3, in JSON too", async () => {
  await using folder = await GatewayFolder.create();

  const text = await folder.run(["check", "none.yaml"]);
  const json = await folder.run(["check", "none.yaml", "-o", "json"]);

  expect([text.code, text.out]).toEqual([3, ""]);
  expect(text.err).toContain("file:none.yaml is missing");
  expect([json.code, json.out]).toEqual([3, ""]);
  expect(JSON.parse(json.err)).toMatchObject({
    type: "urn:llmcfg:error:not-found",
    status: 404,
    reason: "NOT_FOUND",
    errors: [],
    code: "source_missing",
    exitCode: 3,
  });
});

test("BOOT-3 a backend that gives no answer is exit 9, beside another fault 7", async () => {
  const vault = `secrets: { backend: vault, mount_path: kv, address: "https://127.0.0.1:1", token: "\${env:CI_KEY}" }\n`;
  const asking = vault + SOUND.replace("${env:OPENAI_API_KEY}", "${secret:llm/openai#key}");
  await using folder = await GatewayFolder.create({
    "away.yaml": asking,
    "worse.yaml": asking.replace('${env:CI_KEY}" }]', '${env:NOT_SET}" }]'),
  });

  const away = await folder.run(["check", "away.yaml"]);
  const worse = await folder.run(["check", "worse.yaml"]);

  expect(away.code).toBe(9);
  expect(away.out).toContain("error secret_unavailable");
  expect(worse.code).toBe(7);
  expect(away.out + worse.out).not.toContain(CANARY);
});

test.each([
  [["check"], "needs FILE…"],
  [["check", "gateway.yaml", "--stric"], "did you mean --strict?"],
  [["check", "gateway.yaml", "--min-providers", "two"], "--min-providers needs a whole number"],
  [["check", "gateway.yaml", "-o", "raw"], "has no output as raw"],
])("%j is a mistake of the call: exit 2", async (argv, text) => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": SOUND });

  const { code, out, err } = await folder.run(argv);

  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(text);
});

test("CLI-12 a path behind the file is a mistake of the call, and the right call is shown", async () => {
  await using folder = await GatewayFolder.create({ "good.yaml": SOUND });
  const path = "routing.default_strategy";

  const swapped = await folder.run(["explain", "good.yaml", path]);
  const right = await folder.run(["explain", path, "good.yaml"]);
  const missing = await folder.run(["explain", path, "none.yaml"]);

  expect([swapped.code, swapped.out]).toEqual([2, ""]);
  expect(
    swapped.err,
  ).toBe(`error: The path comes before the files, and good.yaml is a file (INVALID_ARGUMENT)
hint: llmcfg gateway explain ${path} good.yaml
`);
  expect(right.code).toBe(0);
  expect(missing.err).toContain("none.yaml");
});

test("BOOT-3 --strict makes nobody to authenticate an error, told once", async () => {
  await using folder = await GatewayFolder.create({
    "gateway.yaml": SOUND.slice(0, SOUND.indexOf("security:")),
  });

  const lax = await folder.run(["check", "gateway.yaml"]);
  const strict = await folder.run(["check", "gateway.yaml", "--strict"]);
  const warned = await folder.run(["check", "gateway.yaml", "--warnings-as-errors"]);

  expect([lax.code, strict.code, warned.code]).toEqual([0, 7, 7]);
  expect(lax.out).toContain("warning auth_enabled_without_providers");
  expect(strict.out.match(/auth_enabled_without_providers/g)).toHaveLength(1);
  expect(warned.out).toContain("error auth_enabled_without_providers");
});

test("BOOT-3 --min-providers says how many there have to be", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": SOUND });

  const three = await folder.run(["check", "gateway.yaml", "--min-providers", "3"]);
  const any = await folder.run(["check", "gateway.yaml", "--min-providers", "0"]);

  expect([three.code, any.code]).toEqual([7, 0]);
  expect(three.out).toContain("2 of at least 3 providers are enabled");
  expect(three.out.replaceAll(/\s+/g, " ")).toContain("relax the rule: --min-providers 1");
});

test("BOOT-3 --schema is a further schema that the files have to fit", async () => {
  const schema = { properties: { metadata: { required: ["owner"] } } };
  await using folder = await GatewayFolder.create({
    "gateway.yaml": SOUND,
    "house.json": JSON.stringify(schema),
  });

  const { code, out } = await folder.run(["check", "gateway.yaml", "--schema", "house.json"]);

  expect(code).toBe(7);
  expect(out).toContain("owner");
});

test("BOOT-3 later files outrank earlier ones", async () => {
  await using folder = await GatewayFolder.create({
    "gateway.yaml": SOUND,
    "over.yaml": "server: { prot: 1 }\n",
  });

  const { code, out } = await folder.run(["check", "gateway.yaml", "over.yaml"]);

  expect(code).toBe(7);
  expect(out).toContain(`over.yaml:1:11  server.prot`);
});

test("BOOT-3 CLI-07 findings are coloured on a terminal and plain in a pipe", async () => {
  await using folder = await GatewayFolder.create({
    "gateway.yaml": SOUND.replace("weight:", "wieght:"),
  });
  const argv = ["check", "gateway.yaml"];

  const piped = await folder.run(argv);
  const terminal = await folder.run(argv, { isTerminal: true });
  const plain = await folder.run(argv, { isTerminal: true, env: { ...KEYS, NO_COLOR: "1" } });

  expect(piped.out).not.toContain("\u001b");
  expect(plain.out).toBe(piped.out);
  expect(terminal.out).toContain("\u001b[31merror\u001b[39m");
});

test("BOOT-3 a credential in the file itself is shown by no finding, in text or in JSON", async () => {
  const literal = SOUND.replace("${env:OPENAI_API_KEY}", CANARY).replace("weight: 5", "weight: x");
  await using folder = await GatewayFolder.create({ "gateway.yaml": literal });

  const ran = await Promise.all(
    [[], ["--strict"], ["-o", "json"], ["-o", "yaml"], ["--strict", "--debug", "-o", "json"]].map(
      (flags) => folder.run(["check", "gateway.yaml", ...flags]),
    ),
  );

  expect(ran.map(({ code }) => code)).toEqual([7, 7, 7, 7, 7]);
  expect(ran.map(({ out, err }) => out + err).join("")).not.toContain(CANARY);
});
