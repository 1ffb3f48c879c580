import { expect, test } from "vitest";
import { DEFAULTS } from "../../src/server.ts";
import { checkSettings, loadSettings } from "../../src/settings/load-settings.ts";
import { makeFolder } from "./settings-files.ts";

test("without file, variables and flags a server has the defaults", async () => {
  const { settings, warnings } = await loadSettings({ file: undefined, env: {} });

  expect(warnings).toEqual([]);
  expect(settings.http).toEqual({ addr: { host: "127.0.0.1", port: 7420 } });
  expect(settings.store.url).toBeUndefined();
  expect(settings.kek.uri).toEqual({ file: undefined });
  expect(settings.log).toEqual({ level: "info" });
  const { cache, region, metrics } = settings;
  expect({
    region: region.name,
    readyReads: { maxBytes: cache.l1MaxBytes, ttlMs: cache.l1Ttl.ms },
    metrics: { addr: metrics.addr, auth: metrics.auth },
  }).toEqual(DEFAULTS);
});

test("a flag wins over a variable, a variable over the file, the file over the default", async () => {
  await using folder = await makeFolder();
  const file = await folder.write(
    "llmcfg.yaml",
    `schemaVersion: 1
http: { addr: "127.0.0.1:1", publicUrl: "https://file.example/" }
region: { name: file }
log: { level: error, format: json }
`,
  );
  const env = { LLMCFG_HTTP__PUBLICURL: "https://variable.example", LLMCFG_LOG__LEVEL: "warn" };

  const { settings } = await loadSettings({ file, env, flags: { log: { level: "debug" } } });

  expect(settings.log).toEqual({ level: "debug", format: "json" });
  expect(settings.http.publicUrl).toBe("https://variable.example");
  expect(settings.region.name).toBe("file");
  expect(settings.http.addr.port).toBe(1);
  expect(settings.metrics.auth).toBe("none");
});

test("the variables of the command line are no settings, and unknown ones are told with the nearest name", async () => {
  const env = {
    LLMCFG_TOKEN: "llmcfg_pat_x",
    LLMCFG_ADDR: "http://127.0.0.1:1",
    LLMCFG_ENV: "production",
    LLMCFG_HTTP__ADR: "127.0.0.1:1",
  };

  const { errors, warnings } = await checkSettings({ file: undefined, env });

  expect(errors).toEqual([]);
  expect(warnings).toEqual([
    {
      pointer: "",
      code: "ENV_UNKNOWN",
      detail: "LLMCFG_HTTP__ADR: the variable names no path of the schema",
      suggestion: "LLMCFG_HTTP__ADDR",
    },
  ]);
});

test("every fault of a file is reported with its place, in the order of the file", async () => {
  await using folder = await makeFolder();
  const file = await folder.write(
    "llmcfg.yaml",
    `schemaVersion: 1
http:
  adr: x
log: { level: inof }
store:
  url: postgres://app:hunter2@db/llmcfg
`,
  );

  const refusal = loadSettings({ file, env: { LLMCFG_LOG__FORMAT: "xml" } });

  await expect(refusal).rejects.toMatchObject({
    reason: "SCHEMA_VIOLATION",
    message: "the settings of the server have 4 errors",
    details: {
      errors: [
        {
          pointer: "/http/adr",
          code: "UNKNOWN_KEY",
          suggestion: "addr",
          file: "llmcfg.yaml",
          line: 3,
          column: 3,
        },
        { pointer: "/log/level", suggestion: "info", line: 4, column: 15 },
        {
          pointer: "/store/url",
          code: "NOT_BUILT",
          detail: "store.url: a store at postgres: is specified and not built yet",
          expected: "use sqlite:FILE, or memory: for data that ends with the process",
          line: 6,
          column: 8,
        },
        {
          pointer: "/log/format",
          detail: "LLMCFG_LOG__FORMAT: expected one of json, pretty",
        },
      ],
    },
  });
  await expect(refusal).rejects.not.toSatisfy((error) =>
    JSON.stringify([error, String(error)]).includes("hunter2"),
  );
});

test.each([
  ["http.corsOrigins", "[https://a.example]"],
  ["kek.rotateEvery", "90d"],
  ["cache.l2Ttl", "10m"],
  ["cache.l3Dir", "/var/cache"],
  ["cache.l3MaxBytes", "1GB"],
  ["audit.retention", "7y"],
  ["audit.checkpointEvery", "1s"],
  ["audit.signingKey", "awskms://key"],
  ["audit.origin", "log.example/llmcfg"],
  ["audit.onFailure", "refuse"],
  ["audit.reads", "each"],
  ["audit.pq", "true"],
  ["audit.spool.dir", "/var/spool"],
  ["region.role", "replica"],
  ["region.primary", "https://primary.example"],
  ["grpc.addr", "127.0.0.1:7421"],
  ["grpc.reflection", "true"],
  ["tls.cert", "cert.pem"],
  ["tls.key", "key.pem"],
  ["tls.clientCa", "ca.pem"],
  ["tls.clientAuth", "require"],
  ["redis.url", "redis://127.0.0.1"],
  ["auth.jwt", "{ issuers: [a] }"],
  ["auth.oidc", "{ issuer: a }"],
  ["auth.apiKeys", "true"],
  ["auth.mtls", "true"],
  ["policy.external.addr", "127.0.0.1:9"],
  ["policy.mode", "cedar"],
  ["policy.cacheTtl", "5m"],
  ["policy.failure", "closed"],
  ["rateLimit", "{ reads: 100 }"],
  ["otel", "{ endpoint: a }"],
  ["store.url", "postgres://db/llmcfg"],
  ["store.url", "postgresql://db/llmcfg"],
  ["kek.uri", "vault://transit/keys/llmcfg"],
  ["kek.uri", "awskms://key"],
  ["kek.uri", "gcpkms://key"],
  ["kek.uri", "azurekv://key"],
  ["http.addr", '"0.0.0.0:7420"'],
  ["metrics.addr", '"10.0.0.1:9100"'],
])("%s: %s is not built: refused by name, in a file and as a variable", async (path, value) => {
  await using folder = await makeFolder();
  const names = path.split(".");
  const lines = names.map((name, depth) => `${"  ".repeat(depth)}${name}:`).join("\n");
  const file = await folder.write("llmcfg.yaml", `schemaVersion: 1\n${lines} ${value}\n`);
  const variable = `LLMCFG_${names.join("__").toUpperCase()}`;

  const inFile = await checkSettings({ file, env: {} });
  const inVariable = await checkSettings({
    file: undefined,
    env: { [variable]: value.replaceAll('"', "") },
  });

  const code = "NOT_BUILT";
  const pointer = `/${names.join("/")}`;
  const line = names.length + 1;
  const column = (names.length - 1) * 2 + (names.at(-1)?.length ?? 0) + 3;
  const expected: unknown = expect.stringMatching(/\w/);
  expect(inFile.errors).toEqual([
    {
      pointer,
      code,
      file: "llmcfg.yaml",
      line,
      column,
      expected,
      detail: expect.stringMatching(new RegExp(`^${path}: .* is specified and not built yet$`)),
    },
  ]);
  expect(inVariable.errors).toEqual([
    { pointer, code, expected, detail: expect.stringMatching(new RegExp(`^${variable}: `)) },
  ]);
});

test.each([
  ["http: { addr: 7420 }", "/http/addr", "SCHEMA_VIOLATION"],
  ["http: { addr: localhost }", "/http/addr", "INVALID_ADDRESS"],
  ['http: { addr: "127.0.0.1:65536" }', "/http/addr", "INVALID_ADDRESS"],
  ["http: { publicUrl: ftp://a.example }", "/http/publicUrl", "INVALID_URL"],
  ["http: { publicUrl: https://u:p@a.example }", "/http/publicUrl", "INVALID_URL"],
  ['http: { publicUrl: "https://a.example/?q" }', "/http/publicUrl", "INVALID_URL"],
  ["store: { url: data/store.db }", "/store/url", "INVALID_STORE"],
  ['store: { url: "sqlite:" }', "/store/url", "INVALID_STORE"],
  ['store: { url: "sqlite::memory:" }', "/store/url", "INVALID_STORE"],
  ["store: { url: sqlite://host/store.db }", "/store/url", "INVALID_STORE"],
  ["kek: { uri: root.key }", "/kek/uri", "INVALID_KEK"],
  ["region: { name: EU West }", "/region/name", "INVALID_NAME"],
  ["cache: { l1Ttl: 10 }", "/cache/l1Ttl", "DURATION_WITHOUT_UNIT"],
  ["cache: { l1Ttl: 0s }", "/cache/l1Ttl", "OUT_OF_RANGE"],
  ["cache: { l1MaxBytes: lots }", "/cache/l1MaxBytes", "INVALID_SIZE"],
  ["metrics: { auth: yes }", "/metrics/auth", "SCHEMA_VIOLATION"],
  ['metrics: { addr: "127.0.0.1:7420" }', "/metrics/addr", "ADDRESS_TAKEN"],
])("%s is refused at its place", async (text, pointer, code) => {
  await using folder = await makeFolder();
  const file = await folder.write("llmcfg.yaml", `schemaVersion: 1\n${text}\n`);

  const { errors, settings } = await checkSettings({ file, env: {} });

  expect(errors).toMatchObject([{ pointer, code, file: "llmcfg.yaml", line: 2 }]);
  expect(settings).toBeUndefined();
});

test.each([
  ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
  ["LocalHost:8420", { host: "127.0.0.1", port: 8_420 }],
  ["[::1]:65535", { host: "::1", port: 65_535 }],
])("a server listens at %s", async (addr, expected) => {
  const { settings } = await loadSettings({ file: undefined, env: { LLMCFG_HTTP__ADDR: addr } });

  expect(settings.http.addr).toEqual(expected);
});

test("API and metrics may both take a free port", async () => {
  const env = { LLMCFG_HTTP__ADDR: "127.0.0.1:0", LLMCFG_METRICS__ADDR: "127.0.0.1:0" };

  const { errors } = await checkSettings({ file: undefined, env });

  expect(errors).toEqual([]);
});

test.each([
  ["", 1, 1, "SOURCE_EMPTY", "the file is empty"],
  ["http: {}\n", 1, 1, "SCHEMA_VIOLATION", "schemaVersion is required"],
  ["schemaVersion: 2\n", 1, 16, "SCHEMA_VIOLATION", "expected one of 1"],
  [
    "schemaVersion: 1\n__proto__: {}\n",
    2,
    1,
    "FORBIDDEN_KEY",
    'the key "__proto__" is not allowed',
  ],
])("LAW-28 the file %j is refused with its place", async (text, line, column, code, detail) => {
  await using folder = await makeFolder();
  const file = await folder.write("llmcfg.yaml", text);

  const { errors } = await checkSettings({ file, env: {}, flags: { log: { level: "info" } } });

  expect(errors).toMatchObject([{ file: "llmcfg.yaml", line, column, code, detail }]);
});

test("a file that does not parse is refused with its place", async () => {
  await using folder = await makeFolder();
  const file = await folder.write("llmcfg.yaml", "schemaVersion: 1\nhttp: {\n");

  const { errors } = await checkSettings({ file, env: {} });

  expect(errors).toMatchObject([{ file: "llmcfg.yaml", code: "PARSE_ERROR" }]);
  expect(errors[0]?.line).toBeGreaterThanOrEqual(2);
});

test("a file that is not there is named", async () => {
  await using folder = await makeFolder();
  const file = { path: `${folder.path}/none.yaml`, shown: "none.yaml" };

  const check = checkSettings({ file, env: {} });

  await expect(check).rejects.toMatchObject({
    reason: "INVALID_ARGUMENT",
    message: "the settings file none.yaml does not exist",
  });
});
