import { type ConfigSchema, Duration, type SecretRef } from "@llmcfg/config";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { annotate, ConfigLoader, defineSchema, field, isSecretRef } from "../src/index.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";

test("CFG-1 the default document has every default, and no required field", () => {
  expect(gatewaySchema.defaults()).toEqual({
    version: "1.0.0",
    metadata: { owner: null, checked_at: null, tags: {} },
    server: {
      host: "localhost",
      port: 8080,
      request_timeout: "60s",
      max_body_size: "10MiB",
      tls: null,
    },
    providers: [],
    routing: { strategy: "round_robin", fallback: null, patterns: [] },
    logging: { level: "info", fields: ["token"], outputs: [{ type: "stdout" }] },
    secrets: null,
    extensions: {},
  });
});

test("DIF-11 the reload class of a field is its own, else that of its nearest ancestor, else hot", () => {
  const schema = defineSchema({
    name: "classes",
    root: z.strictObject({
      drained: annotate(
        z.strictObject({ own: annotate(z.int(), { reload: "restart" }), inherited: z.int() }),
        { reload: "drain" },
      ),
      plain: z.int(),
    }),
  });

  const classes = ["drained.own", "drained.inherited", "plain"].map(
    (path) => schema.field(path)?.reload,
  );

  expect(classes).toEqual(["restart", "drain", "hot"]);
});

test.each([
  [
    "server.port",
    { kind: "int", bounds: "1–65535", required: false, default: 8080, reload: "restart" },
  ],
  ["server.request_timeout", { kind: "duration", bounds: "1s–1h", default: "60s" }],
  ["providers", { kind: "keyed list", required: false, default: [] }],
  ["providers[x].id", { kind: "id", required: true, default: undefined }],
  ["providers[x].key", { kind: "secret", secret: true, required: false }],
  ["providers[0].weight", { kind: "number", bounds: "0–10000", default: 1 }],
  ["providers[x].endpoint", { kind: "url", nullable: true, default: null, reload: "drain" }],
  ["providers[x].models[y].weight", { kind: "number" }],
  ["providers[x].tags.team", { kind: "string" }],
  ["server.tls.cert", { kind: "material", secret: true }],
  ["routing.strategy", { kind: "enum", default: "round_robin" }],
  ["logging.outputs[0].path", { kind: "text" }],
  ["extensions.a.b[3].c", { kind: "json" }],
])("the schema knows about %s", (path, expected) => {
  expect(gatewaySchema.field(path)).toMatchObject(expected);
});

test.each(["server.prot", "nothing", "server.port.x", "providers.x", "logging.level[0]"])(
  "the schema does not know %s",
  (path) => {
    expect(gatewaySchema.field(path)).toBeUndefined();
  },
);

test("CFG-3 the nearest known path is suggested", () => {
  expect(gatewaySchema.suggest("server.prot")).toEqual(["server.port"]);
  expect(gatewaySchema.suggest("providers[x].wieght")).toEqual(["providers[x].weight"]);
  expect(gatewaySchema.suggest("server.requestTimeout")).toEqual(["server.request_timeout"]);
  expect(gatewaySchema.suggest("server.port")).toEqual([]);
});

test("a schema may contain itself", () => {
  interface Condition {
    readonly type: string;
    readonly conditions?: readonly Condition[];
  }
  const condition: z.ZodType<Condition> = z.discriminatedUnion("type", [
    z.strictObject({ type: z.literal("always") }),
    z.strictObject({
      type: z.literal("and"),
      get conditions() {
        return z.array(condition);
      },
    }),
  ]);
  const schema = defineSchema({ name: "rules", root: z.strictObject({ when: condition }) });

  expect(schema.field("when.conditions[0].conditions[1].type")?.kind).toBe("enum");
  expect(schema.defaults()).toEqual({});
});

test("CFG-7 annotations and bounds are in the JSON Schema, and add up", () => {
  const port = annotate(z.int().min(1).max(9), { reload: "restart" });
  const schema = defineSchema({
    name: "annotated",
    root: z.strictObject({
      port: annotate(port, { description: "where it listens", since: "1.2" }),
    }),
  });

  const document = schema.jsonSchema({ flavour: "document" });

  expect(document).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    additionalProperties: false,
    properties: {
      port: {
        type: "integer",
        minimum: 1,
        maximum: 9,
        "x-reload": "restart",
        "x-since": "1.2",
        description: "where it listens",
      },
    },
    required: ["port"],
  });
});

test("CFG-8 the authoring flavour allows references and list operators where the other does not", () => {
  const root = z.strictObject({ port: z.int(), list: z.array(z.string()) });
  const schema = defineSchema({ name: "flavours", root });

  const authoring = JSON.stringify(schema.jsonSchema());
  const document = JSON.stringify(schema.jsonSchema({ flavour: "document", draft: "draft-07" }));

  expect(authoring).toContain("$append");
  expect(authoring).toContain("env:[A-Za-z_]");
  expect(document).not.toContain("env:");
  expect(document).not.toContain("$append");
  expect(document).toContain("draft-07");
});

test("API-3 the type of the configuration is that of the schema", () => {
  type Config = typeof gatewaySchema extends ConfigSchema<infer T> ? T : never;
  type Provider = Config["providers"][number];

  expectTypeOf<Config["server"]["port"]>().toEqualTypeOf<number>();
  expectTypeOf<Config["server"]["request_timeout"]>().toEqualTypeOf<Duration>();
  expectTypeOf<NonNullable<Provider["key"]>>().toEqualTypeOf<SecretRef>();
  expectTypeOf<Config["routing"]["strategy"]>().toEqualTypeOf<"round_robin" | "weighted">();
});

test("CFG-1 a section that is left out is the same object everywhere, with the defaults of its members", async () => {
  const limits = field.section(z.strictObject({ rate: z.int().default(7) }));
  const item = z.strictObject({ id: z.string(), limits });
  const root = z.strictObject({ items: field.keyedList(item, { key: "id" }), limits });
  const schema = defineSchema({ name: "sections", root });
  const given = [
    { id: "a" },
    { id: "b" },
    { id: "c", limits: {} },
    { id: "d", limits: { rate: 8 } },
  ];

  const { config } = await new ConfigLoader(schema).withOverrides({ items: given }).load();

  const [a, b, c, d] = config.items.map((one) => one.limits);
  expect([a, c, d, config.limits]).toEqual([{ rate: 7 }, { rate: 7 }, { rate: 8 }, { rate: 7 }]);
  expect(b).toBe(a);
});

test("CFG-6 choices have aliases on input and are canonical on output", () => {
  const strategy = field.choice(["round_robin", "weighted"], { rr: "round_robin" });

  expect(strategy.parse("rr")).toBe("round_robin");
  expect(strategy.parse("weighted")).toBe("weighted");
  expect(strategy.safeParse("random").success).toBe(false);
});

test("a field of kind secret makes a handle of text", () => {
  const key = field.secret().parse("sk-1");

  expect(isSecretRef(key)).toBe(true);
  expect(key.kind).toBe("literal");
});
