import { ConfigLoader, type Json } from "@llmcfg/config";
import { locateJson } from "@llmcfg/config/sources";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { prepareLayer } from "../src/merge/prepare-layer.ts";
import { settle } from "../src/merge/settle.ts";
import type { TreeContext } from "../src/merge/tree.ts";
import { treeJson } from "../src/merge/tree-json.ts";
import { SchemaNode } from "../src/schema/node.ts";
import { environmentLayer } from "../src/sources/environment/environment-layer.ts";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { errorsOf, load } from "./support/load.ts";
import { MemorySource } from "./support/memory-source.ts";

const providers = [
  { id: "openai", weight: 5, models: [{ id: "gpt-4o" }] },
  { id: "azure-eu.west", weight: 2 },
];

test("ENV-2 a variable sets the path that its name spells", async () => {
  const { config } = await load({ variables: { GATEWAY_SERVER__PORT: "9000" } });

  expect(config.server.port).toBe(9000);
});

test("ENV-1 names match whatever their case, and a single _ is part of a name", async () => {
  const { config } = await load({ variables: { gateway_Server__Request_Timeout: "5s" } });

  expect(config.server.request_timeout.ms).toBe(5_000);
});

test("ENV-1 the prefix can be set, and other variables are left alone", async () => {
  const loader = new ConfigLoader(gatewaySchema)
    .addEnv({ variables: { EDGE_SERVER__PORT: "1", GATEWAY_SERVER__PORT: "2" } })
    .withEnvPrefix("EDGE_");

  const { config, report } = await loader.load();

  expect(config.server.port).toBe(1);
  expect(report.warnings).toEqual([]);
});

test("ENV-1 two variables that name one path with different values are ambiguous", async () => {
  const both = { GATEWAY_SERVER__PORT: "1", gateway_server__port: "2" };
  const same = { GATEWAY_SERVER__PORT: "1", gateway_server__port: "1" };

  expect(await errorsOf({ variables: both })).toMatchObject([
    { code: "env_ambiguous", path: "server.port" },
  ]);
  expect((await load({ variables: same })).config.server.port).toBe(1);
});

test.each<[string, Readonly<Record<string, string>>, Json]>([
  ["strings stay strings", { VERSION: "007" }, { version: "007" }],
  ["true stays text", { SERVER__HOST: "true" }, { server: { host: "true" } }],
  ["null stays text", { METADATA__OWNER: "null" }, { metadata: { owner: "null" } }],
  ["null for nullable non-strings", { SERVER__TLS: "null" }, { server: { tls: null } }],
  [
    "sizes by their grammar",
    { SERVER__MAX_BODY_SIZE: "2KiB" },
    { server: { max_body_size: 2048 } },
  ],
  ["choices by their names", { ROUTING__STRATEGY: "rr" }, { routing: { strategy: "round_robin" } }],
  ["a comma list", { LOGGING__FIELDS: "a, b,c" }, { logging: { fields: ["a", "b", "c"] } }],
  ["a JSON list", { LOGGING__FIELDS: '["a,b"]' }, { logging: { fields: ["a,b"] } }],
  [
    "operators of the merge in place of a list",
    { LOGGING__FIELDS: '{"$append": ["a,b"]}', LOGGING__OUTPUTS: ' {"$replace": []}' },
    { logging: { fields: ["token", "a,b"], outputs: [] } },
  ],
  ["a JSON object", { METADATA: '{"owner":"ada"}' }, { metadata: { owner: "ada" } }],
  [
    "lists of unions",
    { LOGGING__OUTPUTS: '[{"type":"file","path":"/x"}]' },
    { logging: { outputs: [{ type: "file", path: "/x" }] } },
  ],
])("ENV-3 the kind of the field directs conversion: %s", async (_what, variables, expected) => {
  const { config } = await load({ variables: prefixed(variables) });

  expect(config).toMatchObject(expected as object);
});

test.each([
  ["SERVER__PORT", "80a"],
  ["SERVER__PORT", "8.5"],
  ["SERVER__PORT", "0x10"],
  ["SERVER__TLS", "{"],
  ["LOGGING__OUTPUTS", "stdout"],
  ["LOGGING__FIELDS", '{"$append": ["a"]'],
  ["LOGGING__FIELDS", "{a,b}"],
  ["LOGGING__FIELDS", '{"a": "b"}'],
])("ENV-3 %s=%s is no value, and is not quoted", async (name, text) => {
  const [error] = await errorsOf({ variables: prefixed({ [name]: text }) });

  expect(error).toMatchObject({
    code: "invalid_value",
    position: { kind: "env", variable: `GATEWAY_${name}` },
  });
});

test.each([
  ["1", 1],
  ["1.5", 1.5],
  ["TRUE", true],
  ["null", null],
  ['{"a":[1]}', { a: [1] }],
  ["[1,2", "[1,2"],
  ["hello", "hello"],
  ["", ""],
])("ENV-4 free values are guessed: %j is %j", async (text, value) => {
  const { config } = await load({ variables: { GATEWAY_EXTENSIONS__X: text } });

  expect(config.extensions["x"]).toEqual(value);
});

test("ENV-5 a deeper variable is merged over the JSON of a shallower one, in any order", async () => {
  const variables = { GATEWAY_METADATA__TAGS: '{"a":"1","b":"2"}', GATEWAY_METADATA__TAGS__B: "3" };
  const reversed = Object.fromEntries(Object.entries(variables).toReversed());

  for (const given of [variables, reversed]) {
    const { config } = await load({ variables: given });

    expect(config.metadata.tags).toEqual({ a: "1", b: "3" });
  }
});

test("ENV-5 a deeper variable over a scalar is a conflict that names both", async () => {
  const variables = { GATEWAY_EXTENSIONS__X: "1", GATEWAY_EXTENSIONS__X__Y: "2" };

  const [error] = await errorsOf({ variables });

  expect(error).toMatchObject({ code: "env_conflict" });
  expect(error?.message).toContain("GATEWAY_EXTENSIONS__X and GATEWAY_EXTENSIONS__X__Y");
});

test.each([
  ["null", "SERVER__TLS", "null", "SERVER__TLS__CERT"],
  ["a number", "SERVER__PORT", "80", "SERVER__PORT__X"],
])(
  "ENV-5 a deeper variable over %s is a conflict that names both, whether the deeper is a path or not",
  async (_what, outer, text, inner) => {
    const errors = await errorsOf({ variables: prefixed({ [outer]: text, [inner]: "x" }) });

    expect(errors).toMatchObject([{ code: "env_conflict" }]);
    expect(errors[0]?.message).toContain(`GATEWAY_${outer} and GATEWAY_${inner}`);
  },
);

test.each<[string, Readonly<Record<string, string>>]>([
  ["place and key", { PROVIDERS__0__WEIGHT: "8", PROVIDERS__OPENAI__WEIGHT: "9" }],
  ["a setting and a variable", { SET: "server.port=81", SERVER__PORT: "82" }],
  ["two settings", { SET: "server.port=81\nserver.port=82" }],
])("ENV-1 ENV-6 ENV-7 one path that is given twice is ambiguous: %s", async (_what, variables) => {
  const errors = await errorsOf({ document: { providers }, variables: prefixed(variables) });

  expect(errors).toMatchObject([{ code: "env_ambiguous" }]);
});

test("ENV-5 a setting is merged over a shallower variable too", async () => {
  const variables = prefixed({ SET: "metadata.tags.b=3", METADATA__TAGS: '{"a":"1","b":"2"}' });

  expect((await load({ variables })).config.metadata.tags).toEqual({ a: "1", b: "3" });
});

test("ENV-2 the variants of a union are reached where nothing is there yet, and where another is", async () => {
  const variables = prefixed({
    SOURCE__TYPE: "tcp",
    SOURCE__PORT: "99",
  });

  for (const document of [{}, { source: null }, { source: { type: "file", path: "/x" } }]) {
    const { tree, ignored } = await environmentOver(document, variables);

    expect(ignored).toEqual([]);
    expect(tree).toMatchObject({ source: { type: "tcp", port: 99 } });
  }
});

test.each([
  ["METADATA__TAGS__CONSTRUCTOR", "x"],
  ["SET", "extensions.__proto__=1"],
  ["SET", "extensions.a.prototype=1"],
])("ENV-7 LOAD-7 %s=%s would make a key that is not allowed", async (name, text) => {
  const errors = await errorsOf({ variables: prefixed({ [name]: text }) });

  expect(errors).toMatchObject([{ code: "forbidden_key" }]);
});

test("ENV-6 items are patched by place and by key, and never replaced", async () => {
  const variables = {
    GATEWAY_PROVIDERS__0__WEIGHT: "3",
    GATEWAY_PROVIDERS__AZURE_EU_WEST__WEIGHT: "4",
    GATEWAY_PROVIDERS__OPENAI__MODELS__GPT_4O__WEIGHT: "9",
  };

  const { config } = await load({ document: { providers }, variables });

  expect(config.providers.map(({ id, weight }) => [id, weight])).toEqual([
    ["openai", 3],
    ["azure-eu.west", 4],
  ]);
  expect(config.providers[0]?.models).toEqual([{ id: "gpt-4o", weight: 9 }]);
});

test.each(["GATEWAY_PROVIDERS__2__WEIGHT", "GATEWAY_PROVIDERS__OPNAI__WEIGHT"])(
  "ENV-6 %s names no item, which is an error",
  async (name) => {
    const errors = await errorsOf({ document: { providers }, variables: { [name]: "1" } });

    expect(errors).toMatchObject([{ code: "unknown_item", position: { variable: name } }]);
  },
);

test("ENV-6 a variable can give a list, and deeper ones patch its items", async () => {
  const variables = {
    GATEWAY_PROVIDERS: '[{"id":"a"},{"id":"b"}]',
    GATEWAY_PROVIDERS__B__WEIGHT: "7",
  };

  const { config } = await load({ document: { providers }, variables });

  expect(config.providers.map(({ id, weight }) => [id, weight])).toEqual([
    ["a", 1],
    ["b", 7],
  ]);
});

test("ENV-7 existing keys of maps match, and a new one is taken in lower case", async () => {
  const { config } = await load({
    document: { metadata: { tags: { "My-Team": "x" } } },
    variables: { GATEWAY_METADATA__TAGS__MY_TEAM: "y", GATEWAY_METADATA__TAGS__NEW_KEY: "z" },
  });

  expect(config.metadata.tags).toEqual({ "My-Team": "y", new_key: "z" });
});

test("ENV-7 a name that can mean two keys is ambiguous", async () => {
  const errors = await errorsOf({
    document: { metadata: { tags: { "a-b": "x", a_b: "y" } } },
    variables: { GATEWAY_METADATA__TAGS__A_B: "z" },
  });

  expect(errors).toMatchObject([{ code: "env_ambiguous" }]);
});

test("ENV-7 GATEWAY_SET reaches any path, as text or as JSON", async () => {
  const set = `
    # what names cannot say
    providers[openai].weight=4
    metadata.tags."a.B"=c=d
    logging.fields:=["x","y"]
  `;

  const { config } = await load({ document: { providers }, variables: { GATEWAY_SET: set } });

  expect(config.providers[0]?.weight).toBe(4);
  expect(config.metadata.tags).toEqual({ "a.B": "c=d" });
  expect(config.logging.fields).toEqual(["x", "y"]);
});

test("ENV-7 the text of a setting is what stands behind the sign, blanks and all", async () => {
  const set = "  server.host= padded \t\r\nmetadata.owner= \n# end";

  const { config } = await load({ variables: { GATEWAY_SET: set } });

  expect(config.server.host).toBe(" padded \t");
  expect(config.metadata.owner).toBe(" ");
});

test("ENV-7 CFG-6 a setting may use another name of a key", async () => {
  const set = "providers[openai].base_url=https://llm.test";

  const { config } = await load({ document: { providers }, variables: { GATEWAY_SET: set } });

  expect(config.providers[0]?.endpoint).toBe("https://llm.test");
});

test.each([
  ["nonsense", "env_malformed"],
  ["server.prot=1", "unknown_path"],
  ["providers[nobody].weight=1", "unknown_path"],
  ["server.port:=x", "invalid_value"],
  ["server..port=1", "malformed_path"],
])("ENV-7 the setting %j is refused as %s, with its line", async (line, code) => {
  const errors = await errorsOf({
    document: { providers },
    variables: { GATEWAY_SET: `\n${line}` },
  });

  expect(errors).toMatchObject([{ code }]);
  expect(errors[0]?.message).toMatch(/^line 2: /);
});

test("ENV-8 what Kubernetes sets for a Service is ignored, with one warning", async () => {
  const variables = {
    GATEWAY_SERVICE_HOST: "10.0.0.9",
    GATEWAY_SERVICE_PORT: "80",
    GATEWAY_SERVICE_PORT_HTTP: "80",
    GATEWAY_PORT: "tcp://10.0.0.9:80",
    GATEWAY_PORT_80_TCP: "tcp://10.0.0.9:80",
    GATEWAY_PORT_80_TCP_PROTO: "tcp",
    GATEWAY_PORT_80_TCP_ADDR: "10.0.0.9",
    GATEWAY_ADMIN_PORT: "udp://10.0.0.10:90",
  };

  const { report } = await load({ variables });

  expect(report.warnings.map(({ code, message }) => [code, message])).toEqual([
    [
      "env_service_link",
      'GATEWAY_ADMIN_PORT ignored: set by Kubernetes for Service "gateway-admin"',
    ],
    [
      "env_service_link",
      'GATEWAY_PORT, GATEWAY_PORT_80_TCP (+5) ignored: set by Kubernetes for Service "gateway"',
    ],
  ]);
});

test("ENV-8 an unknown name is a warning with the nearest variable", async () => {
  const { report, config } = await load({ variables: { GATEWAY_SERVER_PORT: "1" } });

  expect(config.server.port).toBe(8080);
  expect(report.warnings).toMatchObject([
    { code: "env_unknown", hint: "did you mean GATEWAY_SERVER__PORT?" },
  ]);
});

test("ENV-9 NAME_FILE reads the value from a file, without its last newline", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("port", "9100\n");

  const { config } = await load({ variables: { GATEWAY_SERVER__PORT_FILE: path } });

  expect(config.server.port).toBe(9100);
});

test("ENV-9 NAME and NAME_FILE together, and a file that is not there, are errors", async () => {
  const both = { GATEWAY_SERVER__PORT: "1", GATEWAY_SERVER__PORT_FILE: "/nowhere" };
  const alone = { GATEWAY_SERVER__PORT_FILE: "/nowhere" };

  expect(await errorsOf({ variables: both })).toMatchObject([{ code: "env_conflict" }]);
  expect(await errorsOf({ variables: alone })).toMatchObject([{ code: "env_file_unreadable" }]);
});

test("ENV-9 LOAD-7 a file that a variable names may have as many bytes as any other", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("host", "x".repeat(101));
  const loaded = async (maxBytes: number) =>
    await load({
      variables: { GATEWAY_SERVER__HOST_FILE: path },
      options: { limits: { maxBytes } },
    });

  const { config } = await loaded(101);

  expect(config.server.host).toHaveLength(101);
  await expect(loaded(100)).rejects.toThrow(
    `${path} cannot be read: it has 101 bytes: expected at most 100`,
  );
});

test("ENV-7 ENV-9 settings can stand in a file", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("settings", "# of this host\nserver.port=9100\n");

  const { config } = await load({ variables: { GATEWAY_SET_FILE: path } });

  expect(config.server.port).toBe(9100);
});

test("ENV-9 ENV-12 a file that is not UTF-8, or has no name, is an error", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("host", Buffer.from([0x61, 0xff]));

  for (const [text, why] of [
    [path, "it is not UTF-8"],
    ["", "it has no name"],
  ] as const) {
    const errors = await errorsOf({ variables: { GATEWAY_SERVER__HOST_FILE: text } });

    expect(errors).toMatchObject([{ code: "env_file_unreadable" }]);
    expect(errors[0]?.message).toContain(why);
  }
});

test("ENV-3 ENV-9 a secret is never read as text: it becomes a handle to the variable or the file", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("key", "sk-from-file\n");
  const document = { providers: [{ id: "a" }, { id: "b" }] };
  const variables = {
    GATEWAY_PROVIDERS__A__KEY: "sk-${from}-env",
    GATEWAY_PROVIDERS__B__KEY_FILE: path,
  };

  const result = await load({ document, variables });

  const [a, b] = result.config.providers;
  expect(JSON.stringify(result.document)).not.toContain("sk-");
  expect(a?.key?.reference).toBe("${env:GATEWAY_PROVIDERS__A__KEY}");
  expect(b?.key?.reference).toBe(`\${file:${path}}`);
  expect(await a?.key?.reveal()).toBe("sk-${from}-env");
  expect(await b?.key?.reveal()).toBe("sk-from-file");
});

test.each(["GATEWAY___X", "GATEWAY_SERVER__", "GATEWAY_SERVER____PORT"])(
  "ENV-10 %s has an empty part, which is an error",
  async (name) => {
    expect(await errorsOf({ variables: { [name]: "1" } })).toMatchObject([
      { code: "env_empty_segment" },
    ]);
  },
);

test("ENV-11 the empty string is a value for strings alone, unless it is ignored", async () => {
  const variables = { GATEWAY_SERVER__PORT: "" };
  const ignoring = new ConfigLoader(gatewaySchema)
    .addSource(new MemorySource({}))
    .addEnv({ variables, ignoreEmpty: true });

  expect(await errorsOf({ variables })).toMatchObject([{ code: "env_empty", path: "server.port" }]);
  expect((await ignoring.load()).config.server.port).toBe(8080);
});

test("ENV-12 a value that was not UTF-8 is an error if its name is a path", async () => {
  const errors = await errorsOf({ variables: { GATEWAY_SERVER__HOST: "a\ufffd" } });

  const inSettings = await errorsOf({ variables: { GATEWAY_SET: "server.host=a\ufffd" } });
  const { report } = await load({ variables: { GATEWAY_NO_PATH: "a\ufffd" } });

  expect(errors).toMatchObject([{ code: "env_not_utf8" }]);
  expect(inSettings).toMatchObject([{ code: "env_not_utf8" }]);
  expect(report.warnings).toMatchObject([{ code: "env_unknown" }]);
});

test("ENV-7 any map key of letters, digits and _ makes the round trip through a variable", async () => {
  const key = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(_[a-z0-9]{1,8})?$/);

  await fc.assert(
    fc.asyncProperty(key, fc.string({ unit: "grapheme-ascii" }), async (name, text) => {
      const variables = { [`GATEWAY_METADATA__TAGS__${name.toUpperCase()}`]: text };
      const document = { metadata: { tags: {} } };

      fc.pre(!text.includes("${"));
      const { config } = await load({ document, variables });

      expect(config.metadata.tags).toEqual({ [name]: text });
    }),
    { numRuns: 50 },
  );
});

const unionSchema = new SchemaNode(
  z.object({
    source: z
      .discriminatedUnion("type", [
        z.object({ type: z.literal("file"), path: z.string() }),
        z.object({ type: z.literal("tcp"), port: z.number() }),
      ])
      .nullable()
      .default(null),
  }),
);

/** The layer of the variables over a document, and the variables that were not used. */
async function environmentOver(
  document: Json,
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly tree: Json; readonly ignored: readonly unknown[] }> {
  const root: TreeContext = { segments: [], nodes: [unionSchema], report: () => {} };
  const located = locateJson(document, { kind: "override", at: "" });
  const layers = prepareLayer(located, "test", root);
  const given = Object.entries(variables).map(([name, text]) => ({ name, text }));
  const options = { variables: given, files: new Map(), prefix: "GATEWAY_", layers };
  const below = settle(layers, root);
  const layer = environmentLayer({ ...options, below, serviceLinkGuard: true }, root);
  const tree = settle(layer.tree, root);
  return { tree: tree === undefined ? null : treeJson(tree), ignored: layer.ignored };
}

function prefixed(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, text]) => [`GATEWAY_${name}`, text]),
  );
}
