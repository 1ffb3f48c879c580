import { ConfigLoader } from "@llmcfg/config";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseReferences } from "../src/references/reference.ts";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { errorsOf, load } from "./support/load.ts";
import { MemorySource } from "./support/memory-source.ts";

test.each([
  [
    "${secret:llm/openai}",
    { backend: undefined, path: "llm/openai", key: undefined, version: undefined },
  ],
  ["${secret:llm/openai#api_key@3}", { path: "llm/openai", key: "api_key", version: "3" }],
  ["${secret://vault/a/b#c}", { backend: "vault", path: "a/b", key: "c" }],
  ["${secret://llmcfg/service:path}", { backend: "llmcfg", path: "service:path" }],
  ["${secret:a%23b%40c}", { path: "a#b@c" }],
])("SEC-1 SEC-2 %s is a reference to a secret", (text, expected) => {
  expect(parseReferences(text)).toMatchObject([
    { type: "reference", text, reference: { kind: "secret", ...expected } },
  ]);
});

test("SEC-2 text, escapes and references are told apart", () => {
  const parts = parseReferences("a$b $${env:X} ${env:HOST:-x:-y}/$");

  expect(parts).toMatchObject([
    { type: "text", text: "a$b ${env:X} " },
    { type: "reference", reference: { kind: "env", name: "HOST", default: "x:-y" } },
    { type: "text", text: "/$" },
  ]);
});

test.each([
  ["${secret:a", "malformed_reference"],
  ["${", "malformed_reference"],
  ["${}", "malformed_reference"],
  ["${nope}", "malformed_reference"],
  ["${secret:}", "malformed_reference"],
  ["${secret:/a}", "malformed_reference"],
  ["${secret:a b}", "malformed_reference"],
  ["${secret://VAULT/a}", "malformed_reference"],
  ["${secret:a%zz}", "malformed_reference"],
  ["${secret:a#b#c}", "malformed_reference"],
  ["${env:1X}", "malformed_reference"],
  ["${file:relative}", "malformed_reference"],
  ["${ref:a/b}", "unknown_reference_kind"],
  ["${scret:a}", "unknown_reference_kind"],
])("SEC-4 %s is refused as %s", (text, code) => {
  expect(() => parseReferences(text)).toThrow(expect.objectContaining({ code }));
});

test("SEC-2 whatever the grammar makes is read as it was made", () => {
  const path = fc.stringMatching(/^[A-Za-z0-9_.+=:,-][A-Za-z0-9/_.+=:,-]{0,12}$/);
  const secret = fc.record({
    backend: fc.option(fc.stringMatching(/^[a-z][a-z0-9_-]{0,6}$/), { nil: undefined }),
    path,
    key: fc.option(fc.stringMatching(/^[A-Za-z0-9/_.-]{1,6}$/), { nil: undefined }),
    version: fc.option(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,5}$/), { nil: undefined }),
  });

  fc.assert(
    fc.property(secret, (reference) => {
      const { backend, key, version } = reference;
      const text = [
        "${secret:",
        backend === undefined ? "" : `//${backend}/`,
        reference.path,
        key === undefined ? "" : `#${key}`,
        version === undefined ? "" : `@${version}`,
        "}",
      ].join("");

      expect(parseReferences(text)).toEqual([
        { type: "reference", text, reference: { kind: "secret", ...reference } },
      ]);
    }),
  );
});

test("§3.6 variables expand in text, whole or embedded, and once", async () => {
  const variables = { HOST: "eu.test", TRICK: "${env:HOST}", EMPTY: "" };
  const document = {
    server: { host: "${env:HOST}-1" },
    routing: { fallback: null },
    metadata: { owner: "${env:TRICK}", tags: { a: "${env:EMPTY:-none}", b: "$${env:HOST}" } },
    extensions: { deep: [{ url: "https://${env:HOST}/" }] },
  };

  const { config, document: accepted } = await load({ document, variables });

  expect(config.server.host).toBe("eu.test-1");
  expect(config.metadata).toMatchObject({
    owner: "${env:HOST}",
    tags: { a: "none", b: "${env:HOST}" },
  });
  expect(config.extensions["deep"]).toEqual([{ url: "https://eu.test/" }]);
  expect(accepted).toMatchObject({
    server: { host: "${env:HOST}-1" },
    extensions: document.extensions,
  });
});

test("§3.6 a variable as the whole value is converted by the kind of the field", async () => {
  const variables = { PORT: "9000", FLAG: "TRUE", TIMEOUT: "5s", FIELDS: "a,b" };
  const document = {
    server: { port: "${env:PORT}", request_timeout: "${env:TIMEOUT}" },
    providers: [{ id: "a", enabled: "${env:FLAG}", weight: "${env:NONE:-2}" }],
    logging: { fields: "${env:FIELDS}" },
  };

  const { config } = await load({ document, variables });

  expect(config.server).toMatchObject({ port: 9000, request_timeout: { ms: 5_000 } });
  expect(config.providers).toMatchObject([{ enabled: true, weight: 2 }]);
  expect(config.logging.fields).toEqual(["a", "b"]);
});

test.each([
  ["9007199254740993", "unsafe_integer"],
  ["1e999", "not_finite"],
])(
  "§3.1 the number %s behind a variable is refused as %s, as it is in a document",
  async (text, code) => {
    const document = { providers: [{ id: "a", weight: "${env:WEIGHT}" }] };

    const errors = await errorsOf({ document, variables: { WEIGHT: text } });

    expect(errors).toMatchObject([{ code, path: "providers[a].weight" }]);
  },
);

test("§3.6 the text of a file is put in place of its reference, without its last newline", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("owner", "ada\n\n");

  const { config } = await load({ document: { metadata: { owner: `\${file:${path}}` } } });

  expect(config.metadata.owner).toBe("ada\n");
});

test("§16.2 files outside the allowed directories are not read", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("owner", "ada\n");
  const document = { metadata: { owner: `\${file:${path}}` } };

  const errors = await errorsOf({ document, options: { fileRefRoots: [folder.at("inside")] } });

  expect(errors).toMatchObject([{ code: "file_not_allowed", path: "metadata.owner" }]);
});

test.each([
  ["a secret in a name", { server: { host: "${secret:a}" } }, "secret_in_identifier"],
  ["a secret in an enum", { logging: { level: "${secret:a}" } }, "secret_in_identifier"],
  ["a secret in an id", { providers: [{ id: "${secret:a}" }] }, "secret_in_identifier"],
  ["a secret among text", { extensions: { a: "x ${secret:a}" } }, "embedded_reference"],
  [
    "text beside a secret",
    { providers: [{ id: "a", key: "Bearer ${env:X}" }] },
    "embedded_reference",
  ],
  ["a variable beside a number", { server: { port: "1${env:X}" } }, "embedded_reference"],
  ["a variable that is not set", { server: { host: "${env:NOT_SET}" } }, "unset_variable"],
  [
    "a variable with a name that every object has",
    { server: { host: "${env:toString}" } },
    "unset_variable",
  ],
  [
    "a secret in such a variable",
    { providers: [{ id: "a", key: "${env:constructor}" }] },
    "secret_unavailable",
  ],
  ["a file that is not there", { server: { host: "${file:/nowhere/x}" } }, "file_unreadable"],
  ["a kind of the control plane", { server: { host: "${ref:x}" } }, "unknown_reference_kind"],
  [
    "an unterminated reference",
    { providers: [{ id: "a", key: "${secret:a" }] },
    "malformed_reference",
  ],
])("SEC-3 SEC-4 %s is refused, with its position", async (_what, document, code) => {
  const errors = await errorsOf({ document, variables: {} });

  expect(errors).toMatchObject([{ code, position: { kind: "remote", revision: "1" } }]);
});

test("SEC-3 SEC-6 the default of a variable is a literal where it stands for a secret: it works, and is shown nowhere", async () => {
  const key = "${env:KEY:-sk-canary-7392}";
  const document = { providers: [{ id: "a", key }] };

  const loaded = await load({ document, variables: {} });
  const { config, report, document: accepted } = loaded;
  const set = await load({ document, variables: { KEY: "sk-set" } });
  const errors = await errorsOf({ document, variables: {}, options: { strict: true } });

  const shown = "${env:KEY:-[redacted]}";
  const explained = loaded.explain("providers[a].key");
  expect(report.warnings).toMatchObject([
    {
      code: "literal_secret",
      path: "providers[a].key",
      message: "a secret stands in the configuration itself, as the default of a variable",
    },
  ]);
  expect(errors).toMatchObject([{ code: "literal_secret" }]);
  expect(accepted).toMatchObject({ providers: [{ key: shown }] });
  expect(config.providers[0]?.key?.reference).toBe(shown);
  expect(explained).toMatchObject({
    value: shown,
    layers: [{ value: shown }],
    references: [{ reference: shown, resolved: true }],
  });
  const told = [report, report.format(), errors, accepted, config, explained, explained.format()];
  expect(JSON.stringify(told)).not.toContain("sk-canary");
  expect(await config.providers[0]?.key?.reveal()).toBe("sk-canary-7392");
  expect(await set.config.providers[0]?.key?.reveal()).toBe("sk-set");
  expect(set.checksum).toBe(loaded.checksum);
});

test.each(["${env:KEY:-}", "${env:KEY}"])(
  "SEC-3 a reference without a default to speak of is no literal: %s",
  async (key) => {
    const document = { providers: [{ id: "a", key }] };

    const { report, config } = await load({ document, variables: { KEY: "sk-set" } });

    expect(report.warnings).toEqual([]);
    expect(config.providers[0]?.key?.reference).toBe(key);
  },
);

test("SEC-3 where text is meant a default is text, and is shown", async () => {
  const document = { server: { host: "${env:HOST:-localhost}" } };

  const { config, document: accepted } = await load({ document, variables: {} });

  expect(config.server.host).toBe("localhost");
  expect(accepted).toMatchObject({ server: { host: "${env:HOST:-localhost}" } });
});

test("SEC-3 a literal secret is a warning, an error in strict mode, and is shown nowhere", async () => {
  const document = { providers: [{ id: "a", key: "sk-canary-7391" }] };

  const { report, config, document: accepted } = await load({ document });
  const errors = await errorsOf({ document, options: { strict: true } });

  expect(report.warnings).toMatchObject([{ code: "literal_secret", path: "providers[a].key" }]);
  expect(errors).toMatchObject([{ code: "literal_secret" }]);
  expect(accepted).toMatchObject({ providers: [{ key: "[redacted]" }] });
  expect(JSON.stringify([report, errors, accepted])).not.toContain("sk-canary");
  expect(await config.providers[0]?.key?.reveal()).toBe("sk-canary-7391");
});

test("§3.2 plain text in a material field is a path, and means the content of the file", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("cert.pem", "PEM\n");
  const document = { server: { tls: { cert: "${env:CERT}", min_version: "1.3" } } };
  const loader = new ConfigLoader(gatewaySchema)
    .addSource(new MemorySource(document))
    .addEnv({ variables: { CERT: path } });

  const { config } = await loader.load();

  expect(config.server.tls?.cert.kind).toBe("file");
  expect(await config.server.tls?.cert.reveal()).toBe("PEM");
});

test.each([
  ["PEM", "-----BEGIN PRIVATE KEY-----\nsk-canary\n-----END PRIVATE KEY-----"],
  ["JSON", '{"private_key": "sk-canary"}'],
])("SEC-10 TNT-1 %s in place of its path is refused, and shown nowhere", async (_what, content) => {
  const documents = [
    { server: { tls: { cert: content } } },
    { server: { tls: { cert: "${env:CONTENT}" } } },
  ];

  for (const document of documents) {
    const errors = await errorsOf({ document, variables: { CONTENT: content } });

    expect(errors).toMatchObject([{ code: "invalid_value", path: "server.tls.cert" }]);
    expect(errors[0]?.hint).toContain("${file:/path}");
    expect(JSON.stringify(errors)).not.toContain("canary");
  }
});

test("SEC-8 a file that cannot be read is named, and why", async () => {
  await using folder = await Folder.create();
  const reason = "it does not exist";

  for (const cert of [folder.at("no.pem"), `\${file:${folder.at("no.pem")}}`]) {
    const [error] = await errorsOf({ document: { server: { tls: { cert } } } });

    expect(error).toMatchObject({ code: "secret_unavailable", path: "server.tls.cert" });
    expect(error?.message).toContain(folder.at("no.pem"));
    expect(error?.message).toContain(reason);
  }
});
