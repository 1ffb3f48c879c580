import { ConfigLoader, type Explanation, type Json, type LoadResult } from "@llmcfg/config";
import type { JsonObject } from "@llmcfg/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { load } from "./support/load.ts";
import { manage } from "./support/manage.ts";
import { MemorySource } from "./support/memory-source.ts";

test("WHY-1 every layer that spoke is listed, strongest first, with value, position and why it lost", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "providers:\n  - id: openai\n    weight: 5\n");
  const loader = new ConfigLoader(gatewaySchema)
    .addFile(file)
    .addSource(new MemorySource({ providers: { $merge: { openai: { weight: 4 } } } }))
    .addEnv({ variables: { GATEWAY_PROVIDERS__OPENAI__WEIGHT: "3" } });

  const explained = (await loader.load()).explain("providers[openai].weight");

  expect(explained).toMatchObject({ path: "providers[openai].weight", found: true, value: 3 });
  expect(
    explained.layers.map(({ source, rank, value, wins }) => [source, rank, value, wins]),
  ).toEqual([
    ["environment", 2, 3, true],
    ["llmcfg:llm-gateway", 3, 4, false],
    [`file:${file}`, 4, 5, false],
    ["default", 5, 1, false],
  ]);
  expect(explained.layers[1]).toMatchObject({
    operator: "$merge",
    position: { kind: "remote", revision: "1", author: "user:ada" },
    reason: "lost: environment outranks it",
  });
  expect(explained.layers[2]).toMatchObject({ position: { file, line: 3, column: 13 } });
  expect(explained.format().replaceAll(file, "FILE").replaceAll(/ {2,}/g, "  ")).toBe(
    [
      "providers[openai].weight = 3  number 0–10000 · hot · running",
      "  ✓ environment  3  GATEWAY_PROVIDERS__OPENAI__WEIGHT ($merge)",
      "  · llmcfg:llm-gateway  4  memory: @1 by user:ada ($merge)  lost: environment outranks it",
      "  · file  5  FILE:3:13  lost: environment outranks it",
      "  · default  1  schema  lost: environment outranks it",
    ].join("\n"),
  );
});

test("WHY-2 references, kind, bounds, class and what runs are told", async () => {
  await using managed = await manage(
    { server: { port: 1, host: "${env:HOST}" }, providers: [{ id: "a", key: "${env:KEY}" }] },
    { variables: { HOST: "eu", KEY: "sk-canary" } },
  );
  const { manager } = managed;
  await manager.set({ server: { port: 2 } }, { actor: "ada" });

  const port = manager.explain("server.port");
  const host = manager.explain("server.host");
  const key = manager.explain("providers[a].key");

  expect(port).toMatchObject({
    value: 2,
    field: { kind: "int", bounds: "1–65535", reload: "restart" },
    running: { differs: true, value: 1 },
    acceptedIn: { version: 2, trigger: "set", actor: "ada" },
  });
  expect(host).toMatchObject({
    value: "eu",
    references: [{ reference: "${env:HOST}", resolved: true }],
  });
  expect(key).toMatchObject({
    value: "${env:KEY}",
    references: [{ reference: "${env:KEY}", resolved: true, secretVersion: 1 }],
  });
  expect(JSON.stringify([port, host, key])).not.toContain("sk-canary");
});

test("TNT-1 in a document that is not loaded too the default of a secret is hidden", async () => {
  await using managed = await manage({});
  const key = "${env:KEY:-sk-canary}";
  const document = { providers: [{ id: "a", key }] };

  const explained = managed.manager.explain("providers[a].key", { document });

  expect(explained.references).toEqual([{ reference: "${env:KEY:-[redacted]}", resolved: false }]);
  expect(JSON.stringify([explained, explained.format()])).not.toContain("sk-canary");
});

test("WHY-2 a reference is resolved once its value was read, and no longer when it cannot be", async () => {
  const variables: Record<string, string> = { KEY: "sk-canary", HOST: "eu" };
  const document = { server: { host: "${env:HOST}" }, providers: [{ id: "a", key: "${env:KEY}" }] };
  const loader = new ConfigLoader(gatewaySchema)
    .addSource(new MemorySource(document))
    .addEnv({ variables });
  await using managed = await manage(document, { variables });
  const { manager } = managed;
  const resolved = ({ references }: Explanation) => references.map((one) => one.resolved);

  const untried = (await loader.load({ resolveSecrets: false })).explain("providers[a].key");
  const tried = (await loader.load()).explain("providers[a].key");
  const asWritten = manager.explain("server.host", { document });
  const before = manager.explain("providers[a].key");
  delete variables["KEY"];
  await expect(manager.current().providers[0]?.key?.reveal()).rejects.toThrow("KEY");
  const failed = manager.explain("providers[a].key");
  variables["KEY"] = "sk-canary-again";
  await manager.resolveSecrets();
  const again = manager.explain("providers[a].key");

  expect([untried, tried, before, failed, again].map(resolved)).toEqual([
    [false],
    [true],
    [true],
    [false],
    [true],
  ]);
  expect(asWritten.references).toEqual([{ reference: "${env:HOST}", resolved: false }]);
});

test("WHY-3 what was nearly meant is listed: ignored variables, aliases, refused content", async () => {
  await using managed = await manage(
    { server: { port: 1 } },
    { variables: { GATEWAY_SERVER_PORT: "2" } },
  );
  const { manager, source } = managed;
  source.put({ server: { port: 0 } });
  await manager.reload();

  const { nearMisses } = manager.explain("server.port");
  const alias = (await load({ document: { providers: [{ id: "a" }] } })).explain(
    "providers[a].base_url",
  );

  expect(nearMisses).toEqual([
    {
      what: "GATEWAY_SERVER_PORT",
      why: "the schema has no such path",
      hint: "did you mean GATEWAY_SERVER__PORT?",
    },
    {
      what: "newer content of llmcfg:llm-gateway",
      why: "it was refused: too small: expected number to be >=1 (server.port, memory: @2 by user:ada)",
    },
  ]);
  expect(alias.path).toBe("providers[a].endpoint");
  expect(alias.nearMisses).toMatchObject([
    { what: "base_url", why: "it is another name of endpoint" },
  ]);
});

test("WHY-4 objects, absent and unknown places, and versions of the history can be explained", async () => {
  await using managed = await manage({ server: { host: "one" }, providers: [{ id: "a" }] });
  const { manager } = managed;
  await manager.set({ server: { host: "two" } });

  const object = manager.explain("server");
  const absent = manager.explain("providers[a].key");
  const item = manager.explain("providers[nobody].weight");
  const unknown = manager.explain("server.prot");
  const old = manager.explain("server.host", { version: 1 });

  expect(object).toMatchObject({ found: true, value: { host: "two", port: 8080 } });
  expect(object.layers.map(({ source }) => source)).toEqual([
    "overrides",
    "llmcfg:llm-gateway",
    "default",
  ]);
  expect(absent).toMatchObject({
    found: false,
    value: undefined,
    field: { kind: "secret" },
    layers: [],
  });
  expect(item).toMatchObject({
    found: false,
    field: { kind: "number" },
    nearMisses: [{ what: "providers[nobody]", hint: "there are a" }],
  });
  expect(unknown).toMatchObject({
    found: false,
    field: undefined,
    nearMisses: [{ what: "server.prot", hint: "did you mean server.port?" }],
  });
  expect(old).toMatchObject({ value: "one", acceptedIn: { version: 1 } });
  expect(() => manager.explain("server.host", { version: 9 })).toThrow(
    "Version 9 not found in history",
  );
});

test("WHY-4 of an object or list each leaf below is told: who gives it, where, how many others lost", async () => {
  await using folder = await Folder.create();
  const text = [
    "server: { host: filed, port: 1 }",
    "providers:",
    "  - id: a",
    "    key: sk-canary",
    "    tags: {}",
    "logging: { fields: [one, two] }",
  ];
  const file = await folder.write("gateway.yaml", text.join("\n"));
  const loaded = await new ConfigLoader(gatewaySchema)
    .addFile(file)
    .addSource(
      new MemorySource({ server: { port: 2 }, logging: { fields: { $append: ["three"] } } }),
    )
    .addEnv({ variables: { GATEWAY_SERVER__PORT: "3" } })
    .load();
  const told = (path: string) =>
    loaded.explain(path).leaves.map((leaf) => {
      const { line, column } = leaf.position as { line?: number; column?: number };
      return [leaf.path, leaf.value, leaf.source, leaf.lost, `${line}:${column}`];
    });

  const server = told("server");
  const providers = told("providers");
  const fields = told("logging.fields");

  const [from, remote] = [`file:${file}`, "llmcfg:llm-gateway"];
  const none = "undefined:undefined";
  expect(server).toEqual([
    ["server.host", "filed", from, 1, "1:17"],
    ["server.port", 3, "environment", 3, none],
    ["server.request_timeout", "60s", "default", 0, none],
    ["server.max_body_size", "10MiB", "default", 0, none],
    ["server.tls", null, "default", 0, none],
  ]);
  expect(providers).toEqual([
    ["providers[a].id", "a", from, 0, "3:9"],
    ["providers[a].key", "[redacted]", from, 0, "4:10"],
    ["providers[a].tags", {}, from, 1, "5:11"],
    ["providers[a].endpoint", null, "default", 0, none],
    ["providers[a].weight", 1, "default", 0, none],
    ["providers[a].enabled", true, "default", 0, none],
    ["providers[a].models", [], "default", 0, none],
    ["providers[a].name", "a", "default", 0, none],
  ]);
  expect(fields).toEqual([
    ["logging.fields[0]", "one", from, 0, "6:21"],
    ["logging.fields[1]", "two", from, 0, "6:26"],
    ["logging.fields[2]", "three", remote, 0, none],
  ]);
  expect(loaded.explain("logging").leaves.map(({ path }) => path)).toContain("logging.fields[2]");
  expect(loaded.explain("server.port")).toMatchObject({ leaves: [], moreLeaves: 0 });
});

test("WHY-4 a list that came as a whole is one leaf of what is around it", async () => {
  const loaded = await load({ document: { logging: { fields: ["a", "b"] } } });

  const leaf = loaded.explain("logging").leaves.find(({ path }) => path.includes("fields"));

  expect(leaf).toMatchObject({ path: "logging.fields", value: ["a", "b"], lost: 1 });
});

test("WHY-4 an object or list without anything in it is a leaf itself", async () => {
  const loaded = await load({ document: { providers: [{ id: "a" }] } });

  const [list, object] = ["models", "tags"].map((name) => loaded.explain(`providers[a].${name}`));

  expect([list?.leaves, object?.leaves]).toEqual([[], []]);
  expect(list?.format()).toMatch(/^providers\[a\]\.models = \[\] /);
  expect(object?.format()).toMatch(/^providers\[a\]\.tags = \{\} /);
});

test("WHY-4 of very many leaves those that somebody wrote are told, and the others counted", async () => {
  const providers = Array.from({ length: 300 }, (_, i) => ({ id: `p${i}`, weight: 2 }));
  const loaded = await load({ document: { providers } });

  const explained = loaded.explain("providers");
  const { leaves, moreLeaves } = explained;
  const lines = explained.format({ width: 80 }).split("\n");

  expect(leaves).toHaveLength(1_000);
  expect(moreLeaves).toBe(300 * 7 - 1_000);
  expect(leaves.filter(({ source }) => source !== "default")).toHaveLength(600);
  expect(lines.length).toBeLessThan(100);
  expect(lines.at(-1)).toMatch(/^ {4}and 2040 more: /);
});

test("WHY-1 items by place are explained by their key, and what was removed by who removed it", async () => {
  const loader = new ConfigLoader(gatewaySchema)
    .addSource(new MemorySource({ providers: [{ id: "a" }, { id: "b", weight: 9 }] }))
    .withOverrides({ providers: { $unset: ["a"] } });

  const result = await loader.load();
  const byPlace = result.explain("providers[0].weight");
  const removed = result.explain("providers[a]");

  expect(byPlace).toMatchObject({ path: "providers[b].weight", value: 9 });
  expect(removed).toMatchObject({
    found: false,
    layers: [
      {
        source: "overrides",
        state: "unset",
        operator: "$unset",
        reason: "removes what weaker layers give",
      },
      { source: "llmcfg:llm-gateway", state: "value", wins: false },
    ],
  });
});

test("WHY-5 of the layers that gave a value, the strongest is the value", async () => {
  const leaf = fc.option(fc.nat(9), { nil: undefined });
  const layers = fc.array(fc.record({ host: leaf, x: leaf }), { minLength: 1, maxLength: 4 });

  await fc.assert(
    fc.asyncProperty(layers, async (given) => {
      const loader = given.reduce((built, { host, x }, i) => {
        const server = host === undefined ? {} : { host: `h${host}` };
        const extensions = x === undefined ? {} : { x };
        return built.addSource(new MemorySource({ server, extensions }, { id: `s${i}` }));
      }, new ConfigLoader(gatewaySchema));
      const result = await loader.load();

      for (const path of ["server.host", "extensions.x"]) {
        const { found, value, layers: explained } = result.explain(path);
        const [strongest] = explained;

        expect(strongest?.value).toEqual(value);
        expect(explained.filter(({ wins }) => wins)).toHaveLength(found ? 1 : 0);
        expect(found ? strongest?.wins : explained.length === 0).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

test("WHY-5 the layers of an explanation, merged anew, give the same value", async () => {
  const text = fc.constantFrom("x", "y", "z");
  const unset = fc.constant({ $unset: true });
  const fields = fc.uniqueArray(text, { maxLength: 2 });
  const items = fc
    .uniqueArray(fc.constantFrom("a", "b"), { maxLength: 2 })
    .map((ids) => ids.map((id) => ({ id })));
  const patch = fc.record(
    {
      $unset: fc.uniqueArray(fc.constantFrom("a", "b")),
      $merge: fc.dictionary(fc.constantFrom("a", "c"), fc.record({ weight: fc.nat(9) })),
      $append: fc.constant([{ id: "d", tags: { t: "1" } }]),
    },
    { requiredKeys: ["$append"] },
  );
  const server = fc.record(
    { host: fc.oneof(text, unset), port: fc.oneof(fc.integer({ min: 1, max: 9 }), unset) },
    { requiredKeys: [] },
  );
  const layer: fc.Arbitrary<JsonObject> = fc.record(
    {
      server: fc.oneof(
        server,
        unset,
        server.map((value) => ({ $unset: ["port"], ...value })),
        fc.record({ $replace: fc.record({ host: text }) }),
      ),
      logging: fc.record({
        fields: fc.oneof(
          fields,
          fields.map((list) => ({ $append: list })),
          fields.map((list) => ({ $replace: list })),
        ),
      }),
      providers: fc.oneof(items, patch, unset),
    },
    { requiredKeys: [] },
  );

  await fc.assert(
    fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 3 }), async (layers) => {
      const loaded = await loadLayers(layers).catch(() => undefined);
      fc.pre(loaded !== undefined); // an item may be given twice

      for (const path of ["", "server", "server.port", "logging.fields", "providers"]) {
        const explained = loaded.explain(path);
        const again = await loadLayers(documentsOf(path, explained));

        expect(again.explain(path).value).toEqual(explained.value);
      }
    }),
    { numRuns: 60 },
  );
});

/** Weakest first. */
async function loadLayers(layers: readonly JsonObject[]): Promise<LoadResult<Gateway>> {
  const loader = layers.reduce(
    (built, layer, i) => built.addSource(new MemorySource(layer, { id: `s${i}` })),
    new ConfigLoader(gatewaySchema).withOverrides({}),
  );
  return await loader.load();
}

/** What an explanation shows of each layer, as the document that says just that. */
function documentsOf(path: string, { layers }: Explanation): readonly JsonObject[] {
  const written = layers.filter(({ source }) => source !== "default").toReversed();
  return written.map(({ state, value = null, operator }) => {
    const replaced = operator === "$replace" ? { $replace: value } : value;
    const said: Json = state === "unset" ? { $unset: true } : replaced;
    const names = path === "" ? [] : path.split(".");
    // The root is an object in every layer.
    return names.reduceRight<Json>((inner, name) => ({ [name]: inner }), said) as JsonObject;
  });
}

test("TNT-1 SEC-6 values that the schema does not know are never shown, not even of what is around them", async () => {
  const loaded = await load({
    document: { pasword: "sk-canary", server: { tokn: "sk-canary" } },
    options: { unknownKeys: "ignore" },
  });

  const shown = ["pasword", "server", ""].map((path) => loaded.explain(path));

  expect(JSON.stringify(shown)).not.toContain("sk-canary");
  expect(shown.map((explained) => explained.format()).join("\n")).not.toContain("sk-canary");
  expect(shown[1]?.value).toMatchObject({ tokn: "[redacted]", host: "localhost" });
});
