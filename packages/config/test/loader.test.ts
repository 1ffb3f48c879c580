import {
  ConfigLoadError,
  ConfigLoader,
  ConfigValidationError,
  Duration,
  type FileSystem,
  isSecretRef,
  literalSecret,
  nodeFileSystem,
} from "@llmcfg/config";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { load, loaderOf } from "./support/load.ts";
import { MemorySource } from "./support/memory-source.ts";

test("LOAD-2 precedence: defaults, files in order, remote sources, environment, overrides", async () => {
  await using folder = await Folder.create();
  const one = await folder.write(
    "one.yaml",
    "server: {host: one, port: 1, request_timeout: 1s}\nversion: '1'\n",
  );
  const two = await folder.write(
    "two.toml",
    'version = "2"\n[server]\nport = 2\nrequest_timeout = "2s"\n',
  );
  const loader = new ConfigLoader(gatewaySchema)
    .withOverrides({ logging: { level: "debug" } })
    .addEnv({
      variables: { GATEWAY_SERVER__REQUEST_TIMEOUT: "4s", GATEWAY_LOGGING__LEVEL: "warn" },
    })
    .addSource(
      new MemorySource({ server: { port: 3, request_timeout: "3s" }, logging: { level: "info" } }),
    )
    .addFile(one)
    .addFile(two);

  const { config } = await loader.load();

  expect(config.version).toBe("2");
  expect(config.server.host).toBe("one");
  expect(config.server.port).toBe(3);
  expect(config.server.request_timeout.ms).toBe(4_000);
  expect(config.logging.level).toBe("debug");
  expect(config.routing.strategy).toBe("round_robin");
  expect(loader.precedence().map(({ rank, source, priority }) => [rank, source, priority])).toEqual(
    [
      [1, "overrides", 100],
      [2, "environment", 200],
      [3, "llmcfg:llm-gateway", 300],
      [4, `file:${two}`, 400],
      [5, `file:${one}`, 400],
      [6, "default", 500],
    ],
  );
});

test("LOAD-2 a priority moves a source", async () => {
  const weak = new MemorySource({ server: { port: 1 } }, { id: "weak" });
  const strong = new MemorySource({ server: { port: 2 } }, { id: "strong" });
  const loader = new ConfigLoader(gatewaySchema)
    .addSource(strong, { priority: 150 })
    .addSource(weak)
    .addEnv({ variables: { GATEWAY_SERVER__PORT: "3" } });

  expect((await loader.load()).config.server.port).toBe(2);
});

test("CFG-5 LOAD-13 the spelling of a configuration does not matter: equal values, equal checksums", async () => {
  await using folder = await Folder.create();
  const files = [
    await folder.write(
      "a.yaml",
      "server: {port: 9, request_timeout: 90s}\nversion: 1.10\nproviders: [{id: a, weight: 1.0}]\n",
    ),
    await folder.write(
      "b.json",
      '{"providers":[{"id":"a"}],"version":"1.10","server":{"request_timeout":"1m 30s","port":9}}',
    ),
    await folder.write(
      "c.toml",
      'version = 1.10\n[[providers]]\nid = "a"\n[server]\nrequest_timeout = "1m30s"\nport = 0x9\n',
    ),
    await folder.write(
      "noext",
      "# YAML without extension\nserver: {request_timeout: 90 s, port: 9}\nversion: 1.10\n",
    ),
  ];

  const [yaml, json, toml] = await Promise.all(
    files.slice(0, 3).map((file) => new ConfigLoader(gatewaySchema).addFile(file).load()),
  );

  expect(json?.config).toEqual(yaml?.config);
  expect(toml?.config).toEqual(yaml?.config);
  expect([json?.checksum, toml?.checksum]).toEqual([yaml?.checksum, yaml?.checksum]);
  expect(yaml?.checksum).toMatch(/^[0-9a-f]{64}$/);
});

test("AUD-7 what is informational does not count, and what a reference resolves to neither", async () => {
  const plain = await load({
    document: { server: { host: "${env:HOST}" } },
    variables: { HOST: "a" },
  });
  const other = await load({
    document: { server: { host: "${env:HOST}" }, metadata: { checked_at: "2026-11-25T00:00:00Z" } },
    variables: { HOST: "b" },
  });
  const changed = await load({ document: { server: { host: "a" } } });

  expect(other.checksum).toBe(plain.checksum);
  expect(changed.checksum).not.toBe(plain.checksum);
});

test("LOAD-5 a loader without sources says so", async () => {
  const loading = new ConfigLoader(gatewaySchema).load();

  await expect(loading).rejects.toThrow("No configuration sources available");
});

test("LOAD-6 an extension that is no format is refused by name", () => {
  const loader = new ConfigLoader(gatewaySchema);

  expect(() => loader.addFile("gateway.ini")).toThrow(/\.ini/);
  expect(() => loader.addFile("GATEWAY.YAML")).not.toThrow();
  expect(() => loader.addFile("gateway.ini", { format: "toml" })).not.toThrow();
});

test.each([
  ["NAME=value lines", "# settings\nPORT=80\nexport HOST=x\n"],
  ["binary", "\u0000\u0001ELF"],
])("LOAD-6 a file without extension that is %s is no configuration", async (_what, text) => {
  await using folder = await Folder.create();
  const file = await folder.write("settings", text);

  const error = await failure(new ConfigLoader(gatewaySchema).addFile(file));

  expect(error).toMatchObject({
    code: "source_malformed",
    findings: [{ code: "not_a_config_file" }],
  });
});

test("LOAD-3 LOAD-17 a required source that delivers nothing fails the load, by name and cause", async () => {
  await using folder = await Folder.create();
  const empty = await folder.write("empty.yaml", "# nothing\n");
  const broken = await folder.write("broken.yaml", "a: [1\n");
  const missing = folder.at("missing.yaml");

  const failures = await Promise.all([
    failure(new ConfigLoader(gatewaySchema).addFile(missing)),
    failure(new ConfigLoader(gatewaySchema).addFile(empty)),
    failure(new ConfigLoader(gatewaySchema).addFile(empty, { optional: true })),
    failure(new ConfigLoader(gatewaySchema).addFile(broken, { optional: true })),
    failure(new ConfigLoader(gatewaySchema).addFile(folder.path, { format: "yaml" })),
  ]);

  expect(failures.map((error) => [error.code, error.source])).toEqual([
    ["source_missing", `file:${missing}`],
    ["source_empty", `file:${empty}`],
    ["source_empty", `file:${empty}`],
    ["source_malformed", `file:${broken}`],
    ["source_unreadable", `file:${folder.path}`],
  ]);
  expect(failures[3]?.message).toContain("broken.yaml:2:1");
  expect(failures[0]?.message).toBe(`file:${missing} is missing: it does not exist`);
  expect(failures[4]?.message).toBe(`file:${folder.path} is unreadable: it is a directory`);
});

test("LOAD-3 the failures of all sources are reported together", async () => {
  await using folder = await Folder.create();
  const missing = folder.at("missing.yaml");
  const away = new MemorySource({});
  away.isAway = true;

  const error = await failure(new ConfigLoader(gatewaySchema).addFile(missing).addSource(away));

  expect(error.findings.map(({ code }) => code)).toEqual(["source_unreachable", "source_missing"]);
});

test("LOAD-3 LOAD-7 the error of a key that is repeated names both places", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("gateway.yaml", "server:\n  port: 1\n  port: 2\n");

  const error = await new ConfigLoader(gatewaySchema)
    .addFile(path)
    .load()
    .catch((e: unknown) => e);

  expect(error).toMatchObject({
    code: "source_malformed",
    message: `${path}:3:3: the key "port" is repeated (see ${path}:2:3)`,
  });
});

test("LOAD-4 optional sources may be absent or away at boot", async () => {
  await using folder = await Folder.create();
  const away = new MemorySource({});
  away.isAway = true;
  const loader = new ConfigLoader(gatewaySchema)
    .addFile(folder.at("missing.yaml"), { optional: true })
    .addSource(away, { optional: true });

  const result = await loader.load();

  expect(result.config.server.port).toBe(8080);
  expect(result.explain("server.port").nearMisses).toEqual([
    { what: "llmcfg:llm-gateway", why: "the source is unreachable, and optional" },
    { what: `file:${folder.at("missing.yaml")}`, why: "the source is missing, and optional" },
  ]);
});

test("LOAD-17 a file that may not be read is unreadable", async () => {
  const denied: FileSystem = {
    ...nodeFileSystem,
    readFile: () => Promise.reject(Object.assign(new Error("EACCES"), { code: "EACCES" })),
  };
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "{}\n");

  const error = await failure(new ConfigLoader(gatewaySchema, { fs: denied }).addFile(file));

  expect(error).toMatchObject({ code: "source_unreadable", cause: { message: "EACCES" } });
});

test("a source that throws counts as unreachable", async () => {
  const broken = new MemorySource({});
  broken.read = () => Promise.reject(new Error("defect"));

  const error = await failure(new ConfigLoader(gatewaySchema).addSource(broken));

  expect(error).toMatchObject({ code: "source_unreachable", cause: { message: "defect" } });
});

test.each(["overrides", "environment", "default"])(
  "WHY-1 the id %s is the library's own, and no source takes it",
  (id) => {
    const loader = new ConfigLoader(gatewaySchema);

    expect(() => loader.addSource(new MemorySource({}, { id }))).toThrow(TypeError);
  },
);

test("a source is added once", () => {
  const loader = new ConfigLoader(gatewaySchema).addFile("a.yaml");

  expect(() => loader.addFile("a.yaml")).toThrow(TypeError);
});

test("API-1 API-4 the configuration is frozen through and through", async () => {
  const { config } = await load({
    document: { providers: [{ id: "a", key: "abc" }], extensions: { x: [{ y: 1 }] } },
  });

  expect(() => Object.assign(config.server, { port: 1 })).toThrow(TypeError);
  expect(() => (config.providers as unknown as object[]).push({})).toThrow(TypeError);
  expect(() => Object.assign((config.extensions["x"] as object[])[0] as object, { y: 2 })).toThrow(
    TypeError,
  );
  expect(Object.isFrozen(config.providers[0]?.key)).toBe(true);
  expect(Object.isFrozen(config.server.request_timeout)).toBe(true);
});

test("§16.2 overrides may hold durations, handles and operators", async () => {
  const loader = loaderOf({ document: { logging: { fields: ["a"] } } }).withOverrides({
    server: { request_timeout: Duration.parse("7s") },
    providers: [{ id: "a", key: literalSecret("sk-1") }] as never, // of the item the rest has defaults
    logging: { fields: { $append: ["b"] } },
  });

  const { config } = await loader.load();

  expect(config.server.request_timeout.ms).toBe(7_000);
  expect(config.logging.fields).toEqual(["a", "b"]);
  expect(isSecretRef(config.providers[0]?.key)).toBe(true);
  expect(await config.providers[0]?.key?.reveal()).toBe("sk-1");
});

test("MRG-7 derived defaults are computed after the merge, and traced", async () => {
  const document = { providers: [{ id: "a" }, { id: "b", name: "Bee" }] };

  const result = await load({ document });

  expect(result.config.providers.map(({ name }) => name)).toEqual(["a", "Bee"]);
  expect(result.explain("providers[a].name").layers).toMatchObject([
    {
      source: "default",
      wins: true,
      position: { kind: "default", derivedFrom: "providers[a].id" },
    },
  ]);
});

test("CFG-1 an object of a union has the defaults of its own variant, and of no other", async () => {
  const outputs = [{ type: "stdout" }, { type: "file", path: "/var/log/x" }];

  const { config } = await load({ document: { logging: { outputs } } });

  expect(config.logging.outputs).toEqual([
    { type: "stdout" },
    { type: "file", path: "/var/log/x", rotate: true },
  ]);
});

test("CFG-6 aliases of keys are canonical on output, and exclude each other", async () => {
  const alias = { providers: [{ id: "a", base_url: "https://a.test/" }] };
  const both = {
    providers: [{ id: "a", base_url: "https://a.test/", endpoint: "https://b.test/" }],
  };

  const { config, document } = await load({ document: alias });
  const error = await load({ document: both }).catch((e: unknown) => e);

  expect(config.providers[0]?.endpoint).toBe("https://a.test/");
  expect(document).toMatchObject({ providers: [{ endpoint: "https://a.test/" }] });
  expect(error).toMatchObject({ report: { errors: [{ code: "alias_conflict" }] } });
});

async function failure(
  loader: ConfigLoader<unknown> | ConfigLoader<never>,
): Promise<ConfigLoadError> {
  const error = await (loader as ConfigLoader<unknown>).load().catch((e: unknown) => e);
  if (error instanceof ConfigLoadError) return error;
  throw new Error("it did not fail to load", { cause: error });
}

test("AUD-7 LOAD-7 text with half a character has no checksum, so it is refused at its place", async () => {
  await using folder = await Folder.create();
  const yaml = await folder.write("a.yaml", 'extensions:\n  a: "\\ud83d"\n  "\\ud800": 1\n');
  const json = await folder.write("a.json", '{"extensions":\n{"a": "\\ud83d", "\\ud800": 1}}');

  const [inYaml, inJson] = await Promise.all(
    [yaml, json].map(async (file) => {
      const error = await new ConfigLoader(gatewaySchema)
        .addFile(file)
        .load()
        .catch((failed: unknown) => failed);
      return error instanceof ConfigValidationError ? error.report.errors : error;
    }),
  );

  expect(inYaml).toMatchObject([
    { code: "not_utf8", path: "extensions.a", position: { line: 2, column: 6 } },
    { code: "forbidden_key", path: "extensions", position: { line: 3, column: 3 } },
  ]);
  expect(inJson).toMatchObject([
    { code: "not_utf8", path: "extensions.a", position: { line: 2, column: 7 } },
    { code: "forbidden_key", path: "extensions", position: { line: 2, column: 17 } },
  ]);
});

test("MRG-4 what is unset leaves nothing behind, not what every object inherits", async () => {
  const { config, document } = await load({
    document: { extensions: { toString: 1, kept: 2 } },
    overrides: { extensions: { toString: { $unset: true } } },
  });

  expect(Object.keys(config.extensions)).toEqual(["kept"]);
  expect(document).toMatchObject({ extensions: { kept: 2 } });
});
