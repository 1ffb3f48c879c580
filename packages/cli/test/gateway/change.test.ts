import { startGatewayConfig } from "@llmcfg/gateway";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { CANARY, GatewayFolder, KEYS, SOUND } from "./run-gateway.ts";

const FILES = {
  "old.yaml": SOUND,
  "new.yaml": SOUND.replace("weight: 5", "weight: 6"),
  "wrong.yaml": SOUND.replace("weight:", "wieght:"),
};

test("PLN-1 plan tells what would change, of which class, and changes nothing", async () => {
  await using folder = await GatewayFolder.create(FILES);

  const { code, out, err } = await folder.run(["plan", "--from", "old.yaml", "--to", "new.yaml"]);

  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^applies at once \(hot\)\n {2}~ providers\[openai\]\.weight {2}5 → 6\n/);
  expect(out).not.toContain("\u001b");
  expect(await folder.read("old.yaml")).toBe(SOUND);
});

test("PLN-3 plan exits 0, with --exit-code 10 where there are differences, and 7 where it is invalid", async () => {
  await using folder = await GatewayFolder.create(FILES);
  const plan = async (to: string, ...flags: readonly string[]) =>
    (await folder.run(["plan", "--from", "old.yaml", "--to", to, ...flags])).code;

  expect(await plan("new.yaml")).toBe(0);
  expect(await plan("new.yaml", "--exit-code")).toBe(10);
  expect(await plan("old.yaml", "--exit-code")).toBe(0);
  expect(await plan("wrong.yaml")).toBe(7);
  expect(await plan("wrong.yaml", "--exit-code")).toBe(7);
  expect(await plan("none.yaml")).toBe(3);
});

test("PLN-3 plan -o json is one document, valid or not, and holds no secret", async () => {
  await using folder = await GatewayFolder.create(FILES);
  const flags = ["--from", "old.yaml", "-o", "json"];

  const valid = await folder.run(["plan", "--to", "new.yaml", ...flags]);
  const invalid = await folder.run(["plan", "--to", "wrong.yaml", ...flags]);

  expect(JSON.parse(valid.out)).toMatchObject({ valid: true });
  expect(JSON.parse(invalid.out)).toMatchObject({
    valid: false,
    report: { errors: [{ code: "unknown_key", position: { line: 8, column: 5 } }] },
  });
  expect(valid.err + invalid.err).toBe("");
  expect(valid.out + invalid.out).not.toContain(CANARY);
});

test.each([
  [[], "name the new configuration"],
  [["--to", "new.yaml"], "either --from gateway.yaml or --state-dir dir"],
  [["--to", "new.yaml", "--from", "old.yaml", "--state-dir", "."], "either --from"],
])("plan %j is a mistake of the call: exit 2", async (argv, text) => {
  await using folder = await GatewayFolder.create(FILES);

  const { code, out, err } = await folder.run(["plan", ...argv]);

  expect([code, out]).toEqual([2, ""]);
  expect(err.toLowerCase()).toContain(text);
});

test("PLN-1 plan --state-dir compares with what a process accepted last; without one it exits 3", async () => {
  const literal = SOUND.replaceAll("${env:OPENAI_API_KEY}", CANARY).replace(
    "${env:CI_KEY}",
    "ci-0123456789",
  );
  await using folder = await GatewayFolder.create({
    "old.yaml": literal,
    "new.yaml": literal.replace("weight: 5", "weight: 6"),
  });
  const stateDir = folder.at("state");
  {
    const options = { stateDir, signals: false, stateKey: "k".repeat(32), logger: QUIET };
    await using _ = await startGatewayConfig({
      file: folder.at("old.yaml"),
      envPrefix: false,
      manager: { ...options, watch: false },
    });
  }
  const env = { ...KEYS, LLMCFG_GATEWAY_STATE_KEY: "k".repeat(32) };
  const flags = ["--state-dir", "state", "--to", "new.yaml"];

  const { code, out } = await folder.run(["plan", ...flags, "--exit-code"], { env });
  const wrongKey = await folder.run(["plan", ...flags], {
    env: { ...env, LLMCFG_GATEWAY_STATE_KEY: "x".repeat(32) },
  });
  const none = await folder.run(["plan", "--state-dir", "no", "--to", "new.yaml"]);

  expect(code).toBe(10);
  expect(out).toMatch(/providers\[openai\]\.weight\s+5 → 6/);
  expect(out).not.toContain(CANARY);
  expect([wrongKey.code, wrongKey.out]).toEqual([8, ""]);
  expect([none.code, none.out]).toEqual([3, ""]);
});

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test("diff prints a line for each place with its sign, and how many there are", async () => {
  await using folder = await GatewayFolder.create(FILES);

  const { code, out, err } = await folder.run(["diff", "old.yaml", "new.yaml"]);

  expect([code, err]).toEqual([0, ""]);
  expect(out).toBe(`--- old.yaml
+++ new.yaml
~ providers[openai].weight  5 → 6
1 difference: 0 added, 1 changed, 0 removed
`);
});

test("diff exits 10 with --exit-code where there are differences, 7 where one side is invalid", async () => {
  await using folder = await GatewayFolder.create(FILES);

  const different = await folder.run(["diff", "old.yaml", "new.yaml", "--exit-code"]);
  const equal = await folder.run(["diff", "old.yaml", "old.yaml", "--exit-code"]);
  const wrong = await folder.run(["diff", "old.yaml", "wrong.yaml", "--exit-code"]);
  const wrongBefore = await folder.run(["diff", "wrong.yaml", "old.yaml"]);
  const one = await folder.run(["diff", "old.yaml"]);

  expect([different.code, equal.code, wrong.code, wrongBefore.code, one.code]).toEqual([
    10, 0, 7, 7, 2,
  ]);
  expect(equal.out).toContain("no differences\n");
  expect([wrong.out, wrongBefore.out]).toEqual(["", ""]);
  expect(wrong.err).toContain("error unknown_key  wrong.yaml:8:5  providers[openai].wieght\n");
  expect(wrongBefore.err).toMatch(/\ninvalid: 1 error, 0 warnings\n$/);
});

test.each([
  ["diff", ["diff", "wrong.yaml", "old.yaml"]],
  ["explain", ["explain", "server.port", "wrong.yaml"]],
  ["checksum", ["checksum", "wrong.yaml"]],
  ["export", ["export", "litellm", "wrong.yaml"]],
])(
  "CLI-05 %s -o json of an invalid file is the problem document on stderr, stdout empty: exit 7",
  async (_name, argv) => {
    await using folder = await GatewayFolder.create(FILES);

    const { code, out, err } = await folder.run([...argv, "-o", "json"]);

    expect([code, out]).toEqual([7, ""]);
    const problem = JSON.parse(err) as object; // RFC 9457
    expect(Object.keys(problem).slice(0, 8)).toEqual([
      "type",
      "title",
      "status",
      "detail",
      "instance",
      "reason",
      "requestId",
      "errors",
    ]);
    expect(problem).toMatchObject({
      type: "urn:llmcfg:error:schema-violation",
      status: 422,
      detail: "the configuration is invalid: 1 error, 0 warnings",
      errors: [
        {
          pointer: "/providers/0/wieght",
          code: "unknown_key",
          suggestion: "weight",
          file: "wrong.yaml",
          line: 8,
          column: 5,
        },
      ],
      exitCode: 7,
    });
  },
);

test("diff of secrets in the files shows neither", async () => {
  await using folder = await GatewayFolder.create({
    "a.yaml": SOUND.replaceAll("${env:OPENAI_API_KEY}", CANARY),
    "b.yaml": SOUND.replaceAll("${env:OPENAI_API_KEY}", `${CANARY}-2`),
  });

  const text = await folder.run(["diff", "a.yaml", "b.yaml", "--exit-code"]);
  const json = await folder.run(["diff", "a.yaml", "b.yaml", "-o", "json"]);

  expect(text.code).toBe(10);
  expect(text.out).toContain("~ providers[openai].auth.key");
  expect(JSON.parse(json.out)).toMatchObject({
    from: "a.yaml",
    differences: [{ path: "providers[mistral].auth.key" }, { path: "providers[openai].auth.key" }],
  });
  expect(text.out + json.out).not.toContain(CANARY);
});

test("checksum is equal for equal configurations in different formats", async () => {
  const provider = { id: "p", type: "ollama", models: [{ id: "m" }] };
  await using folder = await GatewayFolder.create({
    "a.json": JSON.stringify({ version: "1", server: { port: 9090 }, providers: [provider] }),
    "b.yaml": `# the same
providers: [{ type: ollama, models: [{ id: m }], id: p }]
server: { port: 9090 }
version: "1"
`,
  });

  const json = await folder.run(["checksum", "a.json"]);
  const yaml = await folder.run(["checksum", "b.yaml", "-o", "json"]);

  expect([json.code, yaml.code]).toEqual([0, 0]);
  expect(json.out).toMatch(/^[0-9a-f]{64}\n$/);
  expect(JSON.parse(yaml.out)).toEqual({ checksum: json.out.trim() });
});

test("CFG-8 schema prints a JSON Schema that takes a sound document and refuses another", async () => {
  await using folder = await GatewayFolder.create();

  const { code, out, err } = await folder.run(["schema"]);

  expect([code, err]).toEqual([0, ""]);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const validate = ajv.compile(JSON.parse(out) as object); // whatever it is, ajv judges it
  const provider = { id: "openai", type: "openai", models: [{ id: "gpt-4o" }] };
  const auth = { type: "api_key", key: "${env:KEY}" };
  expect(validate({ version: "1", providers: [{ ...provider, auth }] })).toBe(true);
  expect(validate({ version: "1", providers: [{ ...provider, auth, wieght: 1 }] })).toBe(false);
});

test("CFG-8 schema has two flavours and two drafts, and names them in a mistake", async () => {
  await using folder = await GatewayFolder.create();

  const old = await folder.run(["schema", "--draft", "draft-07", "--flavour", "document"]);
  const wrong = await folder.run(["schema", "--flavour", "x"]);

  expect(JSON.parse(old.out)).toMatchObject({ $schema: expect.stringContaining("draft-07") });
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain("authoring, document");
});
