import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  ConfigError,
  ConfigLoader,
  ConfigValidationError,
  ConfigValidator,
  createManager,
  type Finding,
  type Json,
} from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { runWithin } from "../src/validate/json-schema/run-within.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { MemorySource } from "./support/memory-source.ts";

const DRAFTS = [
  "https://json-schema.org/draft/2020-12/schema",
  "http://json-schema.org/draft-07/schema#",
] as const;

test.each([
  [
    "$dynamicRef",
    {
      $schema: DRAFTS[0],
      $id: "https://schemas.example/endless",
      $dynamicAnchor: "again",
      allOf: [{ $dynamicRef: "#again" }],
    },
  ],
  ["$ref", { $schema: DRAFTS[1], allOf: [{ $ref: "#" }] }],
] as const)(
  "VAL-1 a %s that comes back to itself without an end is a finding, and not the end of the process",
  async (_keyword, schema) => {
    const secret = { providers: [provider("a", "KEY")] };

    const findings = await boot(schema, {});
    const withSecret = await boot(schema, secret, { KEY: "canary" });

    const message =
      "cannot be checked: a reference of the JSON Schema comes back to itself without an end";
    expect(findings).toMatchObject([{ code: "json_schema_violation", path: "", message }]);
    expect(withSecret).toMatchObject([{ code: "json_schema_violation", path: "", message }]);
  },
);

describe.each(DRAFTS)("an external schema of %s", ($schema) => {
  test("VAL-1 VAL-5 sees what layers say, without defaults, and positions are theirs", async () => {
    const findings = await boot(
      {
        $schema,
        required: ["logging"],
        properties: { server: { additionalProperties: false, properties: { host: {} } } },
      },
      { server: { port: 1 } },
    );

    expect(findings).toMatchObject([
      { code: "json_schema_violation", path: "logging", message: "is required" },
      { path: "server.port", pointer: "/server/port", source: "llmcfg:llm-gateway" },
    ]);
    expect(findings.map(({ kind }) => kind)).toEqual(["schema_violation", "schema_violation"]);
  });

  test("VAL-5 sees ${env:…} expanded", async () => {
    const schema = { $schema, properties: { server: { properties: { host: { const: "a" } } } } };
    const variables = { HOST: "b" };

    const findings = await boot(schema, { server: { host: "${env:HOST}" } }, variables);

    expect(findings).toMatchObject([{ path: "server.host", message: 'must be "a"' }]);
  });

  test("VAL-12 holds what it says of texts against what a secret resolves to, and quotes none", async () => {
    const schema = {
      $schema,
      properties: {
        providers: { items: { properties: { key: { pattern: "^sk-", maxLength: 9 } } } },
      },
    };
    const document = { providers: [provider("good", "GOOD"), provider("bad", "BAD")] };
    const variables = { GOOD: "sk-canary", BAD: "canary-of-another-form" };

    const findings = await boot(schema, document, variables);

    const message = "must match the pattern ^sk-; must have at most 9 characters";
    expect(findings).toMatchObject([{ path: "providers[bad].key", message }]);
    expect(JSON.stringify(findings)).not.toContain("canary");
  });

  test.each([
    [{ anyOf: [{ pattern: "^sk-" }, { const: "anonymous" }] }, "sk-1", true],
    [{ anyOf: [{ pattern: "^sk-" }, { const: "anonymous" }] }, "other", false],
    [{ oneOf: [{ pattern: "^sk-" }, { pattern: "1$" }] }, "sk-2", true],
    [{ oneOf: [{ pattern: "^sk-" }, { pattern: "1$" }] }, "sk-1", false],
    [{ not: { enum: ["changeme"] } }, "secret", true],
    [{ not: { enum: ["changeme"] } }, "changeme", false],
  ])("VAL-12 decides %j of a secret once it is known", async (rule, key, isValid) => {
    const schema = { $schema, properties: { providers: { items: { properties: { key: rule } } } } };
    const variables = { KEY: key };

    const findings = await boot(schema, { providers: [provider("p", "KEY")] }, variables);

    expect(findings.length === 0).toBe(isValid);
  });
});

test.each([
  ["may differ", { uniqueItems: true }, ["a-key-1", "a-key-2"], true],
  ["are equal", { uniqueItems: true }, ["a-key-1", "a-key-1"], false],
  ["one of them", { contains: { pattern: "1$" }, maxContains: 1 }, ["a-key-1", "a-key-2"], true],
  ["both of them", { contains: { pattern: "1$" }, maxContains: 1 }, ["a-1", "b-1"], false],
  ["none of them", { contains: { pattern: "1$" }, maxContains: 1 }, ["a-2", "b-2"], false],
  [
    "this and not that",
    { anyOf: [{ prefixItems: [{ pattern: "^a" }, { not: { pattern: "^a" } }] }] },
    ["a-key", "b-key"],
    true,
  ],
  [
    "this and that",
    { anyOf: [{ prefixItems: [{ pattern: "^a" }, { not: { pattern: "^a" } }] }] },
    ["a-key", "a-too"],
    false,
  ],
] as const)(
  "VAL-12 what is said of several secrets together waits until they are known: %s",
  async (_what, rule, [first, second], isValid) => {
    const schema = { properties: { extensions: { properties: { keys: rule } } } };
    const document = {
      secrets: { backend: "environment" },
      extensions: { keys: ["${secret:FIRST}", "${secret:SECOND}"] },
    };
    const variables = { FIRST: first, SECOND: second };

    const findings = await boot(schema, document, variables);
    const unresolved = await boot(schema, document, {}, { resolveSecrets: false });

    expect(findings.length === 0).toBe(isValid);
    expect(unresolved).toEqual([]);
  },
);

test("VAL-12 without resolution only what holds of any secret is reported", async () => {
  const key = { pattern: "^sk-", type: "number" };
  const schema = { properties: { providers: { items: { properties: { key } } } } };

  const findings = await boot(
    schema,
    { providers: [provider("p", "UNSET")] },
    {},
    { resolveSecrets: false },
  );

  expect(findings).toMatchObject([{ message: "must be of type number" }]);
});

test("VAL-11 a schema that cannot be read, parsed or compiled fails at construction", async () => {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-schema-"));
  await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  const file = join(folder, "schema.json");
  await writeFile(file, '{ "type": ');

  const given = [
    join(folder, "missing.json"),
    pathToFileURL(file),
    { type: "nothing" },
    { $schema: "http://json-schema.org/draft-04/schema#" },
    { $ref: "https://example.com/other.json" },
    { pattern: "(?=look)ahead" },
  ];

  for (const schema of given) {
    const failure = failureOf(() => new ConfigValidator(gatewaySchema).withJsonSchema(schema));
    expect(failure).toMatchObject({ code: "invalid_json_schema" });
  }
});

test("VAL-14 a pattern that hangs others takes time in proportion to the text", async () => {
  const schema = { properties: { server: { properties: { host: { pattern: "^(a+)+$" } } } } };

  const findings = await boot(schema, { server: { host: `${"a".repeat(50_000)}!` } });

  expect(findings).toMatchObject([
    { path: "server.host", message: "must match the pattern ^(a+)+$" },
  ]);
});

test("VAL-14 two patterns of one schema stay apart", async () => {
  const host = { patternProperties: { "^a": { const: 1 }, "^b": { const: 2 } } };
  const schema = { properties: { extensions: host } };

  const findings = await boot(schema, { extensions: { a: 1, b: 2, ab: 2, ba: 1 } });

  expect(findings.map(({ path }) => path)).toEqual(["extensions.ab", "extensions.ba"]);
});

test("VAL-14 a schema that takes too long to compile is refused when its time is over", () => {
  const allOf = Array.from({ length: 12_000 }, (_, i) => ({ pattern: `(a{99}b{99}){10}${i}` })); // a minute of work
  const startedAtMs = performance.now();

  const failure = failureOf(() => new ConfigValidator(gatewaySchema).withJsonSchema({ allOf }));

  expect(failure).toMatchObject({
    code: "invalid_json_schema",
    message: "the JSON Schema cannot be compiled: it timed out after 2000 ms",
  });
  expect(performance.now() - startedAtMs).toBeLessThan(10_000);
});

test("VAL-14 a schema above the limits is refused, and work that does not end is ended", () => {
  let deep: Record<string, unknown> = {};
  for (let i = 0; i < 100; i++) deep = { not: deep };
  const wide = { enum: Array.from({ length: 60_000 }, (_, i) => i) };

  for (const schema of [deep, wide]) {
    const failure = failureOf(() => new ConfigValidator(gatewaySchema).withJsonSchema(schema));
    expect(String(failure)).toContain("is too large");
  }
  expect(() =>
    runWithin(20, () => {
      for (;;);
    }),
  ).toThrow("timed out");
  expect(runWithin(1_000, () => 7)).toBe(7);
});

test.each(["$ref", "allOf of $ref"])(
  "VAL-14 references that double over 30 levels are refused when the schema is given, with the part, the limit and what to do: %s",
  (form) => {
    const next = (i: number) => ({ $ref: `#/$defs/level~1${i + 1}` });
    const twice = (i: number) =>
      form === "$ref"
        ? { $ref: next(i).$ref, not: { not: next(i) } }
        : { allOf: [next(i), next(i)] };
    const levels = Array.from({ length: 30 }, (_, i) => [`level/${i}`, twice(i)] as const);
    const $defs = { ...Object.fromEntries(levels), "level/30": { type: "object" } };
    const startedAtMs = performance.now();

    const failure = failureOf(() =>
      new ConfigValidator(gatewaySchema).withJsonSchema({ $defs, $ref: "#/$defs/level~10" }),
    );

    expect(failure).toMatchObject({
      code: "invalid_json_schema",
      message: expect.stringMatching(
        /^the JSON Schema holds 1\d{5} parts against each value of #\/\$defs\/level~1\d+: at most 100000$/,
      ),
      hint: "references to parts that refer to others multiply: refer to each part once",
    });
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  },
);

test("VAL-14 a schema that doubles at each level of the document is ended when its time is over, and that is a finding", async () => {
  const twice = ["a", "a"].map((name) => ({ properties: { [name]: { $ref: "#/$defs/node" } } }));
  const schema = {
    $defs: { node: { allOf: twice } },
    properties: { extensions: { $ref: "#/$defs/node" } },
  };
  const nested = (levels: number): { readonly a: Json } => {
    return { a: levels === 1 ? "end" : nested(levels - 1) };
  };
  const startedAtMs = performance.now();

  const deep = await boot(schema, { extensions: nested(40) });
  const tookMs = performance.now() - startedAtMs;
  const flat = await boot(schema, { extensions: nested(3) });

  expect(deep).toMatchObject([
    {
      code: "json_schema_violation",
      path: "",
      message: expect.stringMatching(
        /^cannot be checked against the JSON Schema within 2000 ms; references/,
      ),
    },
  ]);
  expect(tookMs).toBeLessThan(10_000);
  expect(flat).toEqual([]);
});

test.each([
  ["many who refer to one part", { allOf: Array.from({ length: 5_000 }, () => "#/$defs/x") }],
  ["members, which are values of their own", { properties: true }],
  ["a part that refers to itself below", { items: true }],
])("VAL-14 a schema that does not multiply is taken: %s", (_what, given) => {
  const x = { type: "object", properties: { next: { $ref: "#/$defs/x" } } };
  const levels = Array.from({ length: 40 }, (_, i) => [
    `level${i}`,
    {
      properties: { a: { $ref: `#/$defs/level${i + 1}` }, b: { $ref: `#/$defs/level${i + 1}` } },
    },
  ]);
  const $defs = { x, ...Object.fromEntries(levels), level40: {} };
  const parts =
    "allOf" in given
      ? { allOf: given.allOf.map(($ref) => ({ $ref })) }
      : { $ref: "properties" in given ? "#/$defs/level0" : "#/$defs/x" };

  const failure = failureOf(() =>
    new ConfigValidator(gatewaySchema).withJsonSchema({ $defs, ...parts }),
  );

  expect(failure).toBeUndefined();
});

test("VAL-5 a validator holds what was loaded against its schemas too", async () => {
  const loader = new ConfigLoader(gatewaySchema).addSource(
    new MemorySource({ server: { port: 5 } }),
  );
  const validator = new ConfigValidator(gatewaySchema).withJsonSchema({
    properties: { server: { properties: { port: { minimum: 10 } } } },
  });

  const ofLoaded = await validator.validate(await loader.load());
  const ofDocument = await validator.validate({ server: { port: 5 } });

  for (const { errors } of [ofLoaded, ofDocument]) {
    expect(errors).toMatchObject([
      { path: "server.port", message: "must be >= 10", kind: "field_validation" },
    ]);
  }
});

test("VAL-5 a reload is held against the schema as the boot was", async () => {
  const source = new MemorySource({ server: { port: 20 } });
  await using manager = await createManager({
    loader: new ConfigLoader(gatewaySchema).addSource(source),
    validator: new ConfigValidator(gatewaySchema).withJsonSchema({
      properties: { server: { properties: { port: { minimum: 10 } } } },
    }),
  });

  source.put({ server: { port: 5 } });
  const { status, stage, errors } = await manager.reload();

  expect({ status, stage }).toEqual({ status: "rejected", stage: "structure" });
  expect(errors.map(({ path }) => path)).toEqual(["server.port"]);
});

function provider(id: string, variable: string): Json {
  return { id, key: `\${env:${variable}}` };
}

/** The errors of a boot. */
async function boot(
  schema: Readonly<Record<string, unknown>>,
  document: Json,
  variables: Readonly<Record<string, string>> = {},
  options: { readonly resolveSecrets?: boolean } = {},
): Promise<readonly Finding[]> {
  const loader = new ConfigLoader(gatewaySchema)
    .addSource(new MemorySource(document))
    .addEnv({ variables });
  const validator = new ConfigValidator(gatewaySchema).withJsonSchema(schema);
  try {
    const manager = await createManager({ loader, validator, ...options });
    await manager.stop();
    return [];
  } catch (error) {
    if (error instanceof ConfigValidationError) return error.report.errors;
    throw error;
  }
}

function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  return undefined;
}
