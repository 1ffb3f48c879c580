import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type JsonSchemaOptions, jsonSchemaVocabulary, toDocument } from "@llmcfg/config";
import type { Json, JsonObject } from "@llmcfg/core";
import { gatewaySchema } from "@llmcfg/gateway";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { documentWithRules, gatewayDocument, loadDocument } from "../support/load-document.ts";
import { WHOLE } from "../support/whole-document.ts";

const FIXTURE: JsonObject = parse(
  readFileSync(join(import.meta.dirname, "../fixtures/gateway.yaml"), "utf8"),
);

const DOCUMENTS: readonly (readonly [name: string, document: JsonObject])[] = [
  ["the one with something in every section", WHOLE],
  ["the fixture", FIXTURE],
  ["the least that is valid", gatewayDocument()],
  [
    "one with a rule",
    documentWithRules({
      id: "r",
      condition: { type: "header", name: "x-env", op: "in", value: ["a", "b"] },
      action: { type: "reject", reason: "no" },
    }),
  ],
];

const FORMS: readonly JsonSchemaOptions[] = (["authoring", "document"] as const).flatMap(
  (flavour) => (["2020-12", "draft-07"] as const).map((draft) => ({ flavour, draft })),
);

test.each(FORMS)("CFG-7 CFG-8 $flavour in $draft compiles in Ajv's strict mode", (form) => {
  const validate = compile(form);

  expect(typeof validate).toBe("function");
});

describe.each(FORMS.filter(({ flavour }) => flavour === "authoring"))(
  "CFG-8 the authoring flavour in $draft",
  (form) => {
    const validate = compile(form);

    test.each(DOCUMENTS)("accepts %s", (_name, document) => {
      expect(faults(validate, document)).toEqual([]);
    });

    test("accepts references, removal and replacement in place of every scalar", () => {
      const refused = [...scalarPaths(WHOLE)].flatMap((path) =>
        [{ $unset: true }, { $replace: at(WHOLE, path) }, "${env:VALUE}", "${file:/run/value}"]
          .filter((value) => typeof value === "object" || !TAGS.has(String(path.at(-1))))
          .filter((value) => faults(validate, put(WHOLE, path, value)).length > 0)
          .map((value) => `${path.join(".")}: ${JSON.stringify(value)}`),
      );

      expect(refused).toEqual([]);
    });

    test("accepts operators on objects and lists, and patches that say only what differs", () => {
      const document = {
        $schema: "./gateway.authoring.json",
        $include: ["base.yaml", "conf.d/*.yaml"],
        version: 1.1,
        server: { $unset: ["cors", "port"], tls_enabled: true },
        resilience: { $replace: { timeouts: { connect: "1s" } } },
        security: { $unset: true },
        providers: {
          $unset: ["old", 0],
          $merge: { openai: { weight: 3, auth: { key: "${env:KEY}" } }, gone: { $unset: true } },
          $prepend: [{ id: "a", type: "vllm", base_url: "http://vllm:8000/v1" }],
          $append: [{ id: "b", type: "ollama" }],
        },
        observability: { logging: { outputs: { $append: [{ type: "stderr" }] } } },
      };

      expect(faults(validate, document)).toEqual([]);
    });

    test.each<readonly [what: string, document: Json, pointer: string]>([
      ["an unknown key", { server: { prot: 1 } }, "/server"],
      [
        "a duration with an unknown unit",
        { server: { request_timeout: "30x" } },
        "/server/request_timeout",
      ],
      ["a port out of range", { server: { port: 70_000 } }, "/server/port"],
      ["a secret in a name", { metadata: { checksum: "${secret:a}" } }, "/metadata/checksum"],
      ["an item without its id", { providers: [{ type: "openai" }] }, "/providers/0"],
      [
        "a patch of a list without keys",
        { server: { cors: { allowed_origins: { $merge: {} } } } },
        "/server/cors/allowed_origins",
      ],
      ["an unknown operator", { providers: { $apend: [] } }, "/providers"],
      ["null where there is none", { server: { port: null } }, "/server/port"],
    ])("refuses %s", (_what, document, pointer) => {
      expect(faults(validate, document)).toContain(pointer);
    });
  },
);

describe.each(FORMS.filter(({ flavour }) => flavour === "document"))(
  "CFG-8 the document flavour in $draft",
  (form) => {
    const validate = compile(form);

    test.each(DOCUMENTS)("accepts what %s comes to", async (_name, document) => {
      const accepted = toDocument(await loadDocument(document));

      expect(faults(validate, accepted)).toEqual([]);
    });

    test.each<readonly [what: string, path: readonly (string | number)[], value: Json]>([
      ["a reference in place of a number", ["server", "port"], "${env:PORT}"],
      ["an operator", ["providers"], { $append: [] }],
      ["another name of a key", ["providers", 0, "base_url"], "https://a.example"],
      ["another name of a value", ["routing", "default_strategy"], "least-busy"],
      ["a size that is text", ["server", "max_body_size"], "10MiB"],
      ["a provider without type", ["providers", 0], { id: "x" }],
      ["a directive", ["$schema"], "x"],
      ["an unknown variant", ["observability", "logging", "outputs"], [{ type: "pipe" }]],
      [
        "a condition deep inside that is none",
        ["routing", "policy", "rules", 0, "condition"],
        { type: "not", condition: { type: "nor" } },
      ],
    ])("refuses %s", async (_what, path, value) => {
      const accepted = toDocument(await loadDocument(WHOLE));

      expect(faults(validate, put(accepted, path, value))).not.toEqual([]);
    });
  },
);

test("CFG-8 every field has a description, a kind, and its class of reload where it has one", () => {
  const fields = [...membersOf(gatewaySchema.jsonSchema({ flavour: "document" }))];

  expect(fields.length).toBeGreaterThan(500);
  const isDescribed = ({ description }: Schema) => /^[A-Z`].{6,}\.$/.test(String(description));
  const bare = fields.filter(
    ([, schema]) => !isDescribed(schema) || schema["x-kind"] === undefined,
  );
  expect(bare.map(([name]) => name)).toEqual([]);
  const port = fields.find(([name]) => name === "port")?.[1];
  expect(port).toMatchObject({ default: 8080, "x-reload": "restart", minimum: 1, maximum: 65_535 });
});

test.each(["authoring", "document"] as const)(
  "CFG-8 the published %s schema is that of the sources",
  (flavour) => {
    const file = join(import.meta.dirname, `../../../../docs/schema/gateway.${flavour}.json`);
    const published: unknown = JSON.parse(readFileSync(file, "utf8"));

    expect(published, "write it anew with tools/write-schema.ts").toEqual(
      JSON.parse(JSON.stringify(gatewaySchema.jsonSchema({ flavour }))),
    );
  },
);

/** What chooses a variant is not taken from elsewhere. */
const TAGS: ReadonlySet<string> = new Set();

function compile(form: JsonSchemaOptions): ValidateFunction {
  const options = { strict: true, allErrors: true } as const;
  const ajv = form.draft === "draft-07" ? new Ajv(options) : new Ajv2020(options);
  ajv.addVocabulary([...jsonSchemaVocabulary]);
  return ajv.compile(gatewaySchema.jsonSchema(form));
}

/** The places that are refused. */
function faults(validate: ValidateFunction, document: unknown): readonly string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath }) => instancePath);
}

type Path = readonly (string | number)[];

function* scalarPaths(value: Json | undefined, path: Path = []): Iterable<Path> {
  if (typeof value !== "object" || value === null) yield path;
  else
    for (const [step, child] of Object.entries(value)) {
      yield* scalarPaths(child, [...path, Array.isArray(value) ? Number(step) : step]);
    }
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (holder, step) => (holder as Record<string | number, unknown>)[step],
    value,
  );
}

/** A copy with another value at the place. */
function put(document: unknown, path: Path, value: unknown): unknown {
  const copy: unknown = structuredClone(document);
  const last = path.at(-1) ?? "";
  Object.assign(at(copy, path.slice(0, -1)) as object, { [last]: value }); // of an object or a list
  return copy;
}

type Schema = Readonly<Record<string, unknown>>;

function* membersOf(schema: unknown): Iterable<readonly [name: string, schema: Schema]> {
  if (typeof schema !== "object" || schema === null) return;
  for (const [keyword, part] of Object.entries(schema)) {
    if (keyword === "default" || keyword === "enum") continue;
    if (keyword === "properties") yield* Object.entries(part as Record<string, Schema>);
    yield* membersOf(part);
  }
}
