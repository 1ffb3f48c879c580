import {
  type BusinessRule,
  ConfigLoader,
  ConfigValidationError,
  ConfigValidator,
} from "@llmcfg/config";
import { expect, test } from "vitest";
import { z } from "zod";
import { defineSchema } from "../src/index.ts";
import { runRules } from "../src/validate/run-rules.ts";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { errorsOf, load } from "./support/load.ts";
import { ManualClock } from "./support/manual-clock.ts";

test("CFG-3 VAL-4 an unknown key is reported at its place, with the nearest key and its lines", async () => {
  const report = await reportOf("# comment with sk-canary\nserver:\n  prot: 80 # sk-canary\n");

  expect(report).toBe(
    [
      "error unknown_key  FILE:3:3  server.prot",
      "    2 | server:",
      "    3 |   prot: ⋯",
      '      |   ^^^^ unknown key; did you mean "port"?',
    ].join("\n"),
  );
});

test("CFG-3 a key that differs by invisible characters is spelled out", async () => {
  const errors = await errorsOf({ document: { server: { "por\u00a0t": 1 } } });

  expect(errors).toMatchObject([{ code: "unknown_key", hint: 'it is "port" with U+00A0 in it' }]);
});

test("MRG-3 VAL-4 what is wrong with an item is told once, also where its key is taken", async () => {
  const taken = { providers: [{ id: "a" }, { id: "b" }, { id: "a" }] };
  const infinite = "providers:\n  - id: a\n  - id: b\n    weight: .inf\n";

  expect(await errorsOf({ document: taken })).toMatchObject([{ code: "duplicate_id" }]);
  expect((await reportOf(infinite)).split("\n").filter((line) => line.startsWith("error"))).toEqual(
    ["error not_finite  FILE:4:13  providers[b].weight"],
  );
});

test("CFG-3 unknown keys can be warnings, or ignored", async () => {
  const document = { server: { prot: 1 }, nothing: true };

  const warned = await load({ document, options: { unknownKeys: "warn" } });
  const ignored = await load({ document, options: { unknownKeys: "ignore" } });

  expect(warned.report.warnings.map(({ code, path }) => [code, path])).toEqual([
    ["unknown_key", "server.prot"],
    ["unknown_key", "nothing"],
  ]);
  expect(warned.config.server).not.toHaveProperty("prot");
  expect(ignored.report.warnings).toEqual([]);
});

test.each<[string, object, object]>([
  [
    "a wrong type",
    { server: { port: "80" } },
    { code: "schema_violation", message: "expected number, found text" },
  ],
  [
    "a number for text",
    { server: { host: 80 } },
    { message: "expected string, found a number", hint: 'write it in quotes: "80"' },
  ],
  [
    "a word for a boolean",
    { providers: [{ id: "a", enabled: "yes" }] },
    { message: "expected boolean, found text", hint: "write true" },
  ],
  [
    "a bound",
    { server: { port: 70_000 } },
    {
      kind: "field_validation",
      code: "out_of_range",
      message: "too big: expected number to be <=65535",
    },
  ],
  [
    "a missing key",
    { providers: [{}] },
    { path: "providers[0].id", message: "providers[0].id is required" },
  ],
  [
    "an enum",
    { logging: { level: "inf" } },
    { message: "expected one of debug, info, warn", hint: 'did you mean "info"?' },
  ],
  ["a choice", { routing: { strategy: "wieghted" } }, { hint: 'did you mean "weighted"?' }],
  [
    "a variant",
    { logging: { outputs: [{ type: "fiel" }] } },
    { path: "logging.outputs[0].type", hint: 'did you mean "file"?' },
  ],
  [
    "a variant's member",
    { logging: { outputs: [{ type: "file" }] } },
    { message: "logging.outputs[0].path is required" },
  ],
  [
    "a unit",
    { server: { request_timeout: "30" } },
    { code: "duration_without_unit", hint: 'write "30s" or "30ms"' },
  ],
  [
    "a number for a duration",
    { server: { request_timeout: 30 } },
    {
      kind: "field_validation",
      code: "duration_without_unit",
      message: 'duration "30" has no unit',
      hint: 'write "30s" or "30ms"',
    },
  ],
  [
    "a fraction for a duration",
    { server: { request_timeout: 0.5 } },
    { code: "invalid_duration", hint: "a duration has whole numbers only" },
  ],
  [
    "null for a text",
    { logging: { outputs: [{ type: "file", path: null }] } },
    {
      message: "null is not allowed here: expected text",
      hint: "write {$unset: true} to get the default back",
    },
  ],
  [
    "null",
    { server: { port: null } },
    {
      message: "null is not allowed here: expected number",
      hint: "write {$unset: true} to get the default back",
    },
  ],
  [
    "a scheme",
    { providers: [{ id: "a", endpoint: "http://a.test" }] },
    {
      path: "providers[a].endpoint",
      pointer: "/providers/0/endpoint",
      message: "the scheme of the URL is http: expected https",
    },
  ],
  [
    "a glob",
    { routing: { patterns: ["ok", "[a"] } },
    { code: "invalid_glob", path: "routing.patterns[1]" },
  ],
  [
    "an id",
    { providers: [{ id: "Not An Id" }] },
    { code: "invalid_format", message: expect.stringMatching(/^is no id: .* lower-case letters/) },
  ],
  [
    "a duplicate id",
    { providers: [{ id: "a" }, { id: "a" }] },
    { kind: "cross_field_validation", code: "duplicate_id", path: "providers[a]" },
  ],
])("VAL-3 %s is reported in words", async (_what, document, expected) => {
  const errors = await errorsOf({ document: document as never });

  expect(errors[0]).toMatchObject(expected);
});

test("§3.1 a leading zero is ambiguous on numeric fields, and kept on lexical ones", async () => {
  const report = await reportOf("version: 007\nserver: {port: 017}\n");

  expect(report).toContain("error ambiguous_integer  FILE:2:16  server.port");
  expect(report.match(/^error/gm)).toHaveLength(1);
});

test.each([
  ["yaml", "version: 1.10\n"],
  ["toml", "version = 1.10\n"],
])("§3.1 a number on a lexical field keeps its source text in %s", async (extension, text) => {
  await using folder = await Folder.create();
  const file = await folder.write(`gateway.${extension}`, text);

  const loaded = await new ConfigLoader(gatewaySchema).addFile(file).load();

  expect(loaded.config.version).toBe("1.10");
});

test("§3.1 a number of JSON is no text on a lexical field either: it must be a string", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.json", '{ "version": 1.10 }');
  const quoted = await folder.write("quoted.json", '{ "version": "1.10" }');

  const loaded = await new ConfigLoader(gatewaySchema).addFile(quoted).load();
  const loading = new ConfigLoader(gatewaySchema).addFile(file).load();

  expect(loaded.config.version).toBe("1.10");
  await expect(loading).rejects.toThrow(
    'expected string, found a number; write it in quotes: "1.10"',
  );
});

test("§3.1 numbers that JavaScript would change are refused", async () => {
  const report = await reportOf(
    "extensions: {a: 9007199254740993, b: .inf, c: 9007199254740991}\n",
  );

  expect(report).toContain("error unsafe_integer  FILE:1:17  extensions.a");
  expect(report).toContain("error not_finite  FILE:1:38  extensions.b");
  expect(report).not.toContain("extensions.c");
});

test("VAL-2 structure and cross-field checks all run, and all findings are collected", async () => {
  const document = {
    server: { port: 0 },
    routing: { fallback: "nobody" },
    providers: [{ id: "a" }],
  };

  const errors = await errorsOf({ document });

  expect(errors.map(({ code }) => code)).toEqual(["out_of_range", "unknown_provider"]);
  expect(errors[1]).toMatchObject({
    kind: "cross_field_validation",
    path: "routing.fallback",
    hint: "name one of the providers",
    related: [{ path: "providers" }],
  });
});

test("VAL-2 a check whose paths are invalid is skipped, and says why", async () => {
  const document = { routing: { fallback: "nobody" }, providers: [{ id: "a", weight: -1 }] };

  const error = await load({ document }).catch((e: unknown) => e);

  expect(error).toMatchObject({
    report: {
      errors: [{ path: "providers[a].weight" }],
      skipped: [{ name: "unknown_provider", reason: "providers is invalid" }],
    },
  });
});

test("VAL-10 a check that throws is an error that names it", async () => {
  const schema = defineSchema({
    name: "throwing",
    root: z.strictObject({ a: z.int().default(1) }),
    crossChecks: [
      {
        code: "broken",
        needs: [],
        check: () => {
          throw new Error("boom");
        },
      },
    ],
  });

  const loading = new ConfigLoader(schema).withOverrides({ a: 2 }).load();

  await expect(loading).rejects.toThrow(/the check broken failed: boom/);
});

test("VAL-4 VAL-10 what a rule finds has the lines that it speaks of", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "providers:\n  - {id: a, key: sk-canary}\n");
  const rule: BusinessRule<Gateway> = {
    name: "weighty",
    check: (_config, { report }) => report({ path: "providers[a].id", message: "weighs little" }),
  };

  const loaded = await new ConfigLoader(gatewaySchema).addFile(file).load();
  const report = await new ConfigValidator(gatewaySchema).addRule(rule).validate(loaded);

  expect(report.errors[0]?.snippet).toBe(
    "   1 | providers:\n   2 |   - {id: a, key: ⋯}\n     |          ^",
  );
});

test("VAL-10 rules run at the same time, are ordered by name, and may throw", async () => {
  const validator = new ConfigValidator(gatewaySchema)
    .addRule({
      name: "z_rule",
      check: (_config, { report }) =>
        report({ path: "server.port", message: "odd", severity: "warning" }),
    })
    .addRule({
      name: "b_rule",
      check: async () => {
        throw new Error("number of providers 0 < 2");
      },
    })
    .addRule({
      name: "a_rule",
      severity: "warning",
      check: (config, { report }) =>
        report({
          path: "providers",
          message: `there are ${config.providers.length}`,
          code: "few",
          hint: "add one",
        }),
    });

  const report = await validator.validate(await load({}));

  expect(report.isValid).toBe(false);
  expect(report.errors).toMatchObject([
    {
      kind: "business_rule",
      rule: "b_rule",
      code: "b_rule",
      path: "",
      message: "number of providers 0 < 2",
    },
  ]);
  expect(report.warnings.map(({ rule, code, severity }) => [rule, code, severity])).toEqual([
    ["a_rule", "few", "warning"],
    ["z_rule", "z_rule", "warning"],
  ]);
});

test("VAL-10 a rule has five seconds, and what it says later counts no more", async () => {
  const clock = new ManualClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const hanging: BusinessRule<Gateway> = {
    name: "hanging",
    check: async (_config, { report, signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      await promise;
      report({ path: "", message: "late" });
    },
  };
  const { config } = await load({});

  const running = runRules([hanging], config, { clock });
  clock.advance(5_000);
  const faults = await running;
  await aborted.promise;
  resolve();
  await promise;

  expect(faults).toMatchObject([{ rule: "hanging", message: "it took longer than 5 s" }]);
  expect(clock.pending).toBe(0);
});

test("VAL-2 the rules of an invalid document are listed as skipped", async () => {
  const validator = new ConfigValidator(gatewaySchema).addRule({ name: "rule", check: () => {} });

  const invalid = await validator.validate({ server: { port: 0 } });
  const valid = await validator.validate({ server: { port: 1 } });

  expect(invalid.errors).toMatchObject([{ path: "server.port" }]);
  expect(invalid.skipped).toEqual([{ name: "rule", reason: "the document is invalid" }]);
  expect(valid.isValid).toBe(true);
});

test("VAL-4 findings with equal pointer and code are merged, and the report is plain data", async () => {
  const error = await load({ document: { server: { prot: 1 } } }).catch((e: unknown) => e);
  if (!(error instanceof ConfigValidationError)) throw error;

  expect(error.report.errors).toHaveLength(1);
  expect(error.report.toJSON()).toEqual({
    isValid: false,
    errors: [
      {
        kind: "schema_violation",
        severity: "error",
        code: "unknown_key",
        path: "server.prot",
        pointer: "/server/prot",
        message: "unknown key",
        hint: 'did you mean "port"?',
        source: "llmcfg:llm-gateway",
        position: { kind: "remote", url: "memory:", revision: "1", author: "user:ada" },
      },
    ],
    warnings: [],
    skipped: [],
  });
  expect(error.toJSON()).toMatchObject({
    name: "ConfigValidationError",
    report: { isValid: false },
  });
});

test("VAL-4 TNT-1 snippets show no secret, no value of an unknown key, no comment", async () => {
  const report = await reportOf(
    [
      "providers:",
      '  - { id: a, key: "sk-canary", wieght: sk-canary, weight: many } # sk-canary',
      "  - id: b",
      "    key: |",
      "      sk-canary",
      "    weight: -1",
      "tokn: sk-canary",
    ].join("\n"),
  );

  expect(report).not.toContain("sk-canary");
  expect(report).toContain("- { id: a, key: ⋯, wieght: ⋯, weight: many }");
});

test("VAL-4 of a long line only the part around the place is shown", async () => {
  const tags = Array.from({ length: 60 }, (_, i) => `t${i}: x${i}`).join(", ");

  const report = await reportOf(
    `{metadata: {tags: {${tags}}}, server: {prot: 1}, version: "${"1".repeat(200)}"}`,
  );

  const [, line = "", mark = ""] = report.split("\n");
  expect(line.length).toBeLessThanOrEqual(130);
  expect(line).toContain("t59: x59}}, server: {prot: ⋯}, version:");
  expect(mark.indexOf("^")).toBe(line.indexOf("prot"));
});

async function reportOf(text: string): Promise<string> {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", text);
  const error = await new ConfigLoader(gatewaySchema)
    .addFile(file)
    .load()
    .catch((e: unknown) => e);
  if (!(error instanceof ConfigValidationError)) throw new Error("it is valid", { cause: error });
  return error.report.format().replaceAll(file, "FILE");
}
