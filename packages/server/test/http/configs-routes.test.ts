import { expect, test } from "vitest";
import { type Method, openApp } from "./open-app.ts";

const DB_URL = "/v1/configs/production/ml-service/db-url";
const MODEL = "/v1/configs/production/ml-service/inference/model.config";

test("API-12 aliases and the root are the same resource, and canonical names are in every body", async () => {
  await using app = await openApp();

  const urls = ["/configs/prod/ml-service/db-url", "/v1/configs/prod/ml-service/db-url", DB_URL];
  const answers = await Promise.all(urls.map((url) => app.ask("GET", url)));

  expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  expect(answers.map(({ headers }) => headers["content-location"])).toEqual([
    DB_URL,
    DB_URL,
    undefined,
  ]);
});

test("API-13 the key is decoded exactly once, wherever it stands", async () => {
  await using app = await openApp();
  const url = "/v1/configs/production/ml-service/a%252Fb";
  await app.ask("POST", url, { body: { value: 1 } });

  const encoded = await app.ask("GET", url);
  const folder = await app.ask("GET", "/v1/configs/production/ml-service/inference%2Fmodel.config");
  const byQuery = await app.ask(
    "GET",
    "/v1/configs/production/ml-service?key=inference/model.config",
  );
  const model = await app.ask("GET", MODEL);

  expect(encoded.json()).toMatchObject({ key: "a%2Fb", value: 1 });
  expect(folder.body).toBe(model.body);
  expect(byQuery.body).toBe(model.body);
});

test.each(["a//b", "a/", "a%00b", "a%2F", "%7Bx%7D", "a*"])(
  "X21 API-13 the key %s is refused",
  async (key) => {
    await using app = await openApp();
    const url = `/v1/configs/production/ml-service/${key}`;

    const answers = await Promise.all(
      (["GET", "POST", "PUT", "DELETE"] as const).map((method) =>
        app.ask(method, url, method === "GET" || method === "DELETE" ? {} : { body: { value: 1 } }),
      ),
    );

    for (const answer of answers) {
      expect(answer.json()).toMatchObject({ status: 400, reason: "INVALID_KEY" });
    }
  },
);

test.each([
  ["GET", DB_URL, "?refresh=true"],
  ["GET", DB_URL, "?reveal=yes"],
  ["GET", DB_URL, "?at=yesterday"],
  ["GET", DB_URL, "?version=1&at=2"],
  ["GET", DB_URL, "?version=1&layers=true"],
  ["GET", "/v1/configs/production/ml-service", "?limit=501"],
  ["GET", "/v1/configs/production/ml-service", "?limit=0"],
  ["GET", "/v1/configs/production", "?prefix=a"],
  ["GET", "/v1/effective/production/ml-service/db-url", "?reveal=true"],
  ["GET", "/v1/history/production/ml-service/db-url", "?at=2"],
  ["POST", DB_URL, "?validateOnly=true"],
  ["POST", DB_URL, "?takeOwnership=true"],
  ["PUT", DB_URL, "?ifChanged=true"],
  ["DELETE", DB_URL, "?tombstones=all"],
] as const)("LAW-04 %s %s%s is refused, never ignored", async (method, url, query) => {
  await using app = await openApp();

  const answer = await app.ask(method, url + query, bodyFor(method));

  expect(answer.json()).toMatchObject({ status: 400, reason: "INVALID_ARGUMENT" });
  expect(await app.world.deps.store.headRevision("default")).toBe(2);
});

test("X14 an unknown member is named, with the one that was meant", async () => {
  await using app = await openApp();

  const answer = await app.ask("PUT", DB_URL, { body: { vale: 1 } });

  expect(answer.json()).toMatchObject({ status: 422, reason: "UNKNOWN_FIELD" });
  expect(answer.json<{ errors: object[] }>().errors).toContainEqual(
    expect.objectContaining({ pointer: "/vale", suggestion: "value" }),
  );
});

test.each([
  ["PUT", DB_URL, { vale: 1 }, 'there is no member "vale" here'],
  ["PUT", DB_URL, {}, "value is required"],
  [
    "POST",
    "/v1/batch",
    { operations: [{ op: "put", path: "a/b/c" }] },
    "operations.0.value is required",
  ],
  ["GET", "/v1/diff?from=production", undefined, "to is required"],
  ["GET", `${DB_URL}?reveal=true&reveal=true`, undefined, "reveal is given more than once"],
  ["POST", "/v1/batch", undefined, "a JSON object is required"],
] as const)("%s %s with %j is told what to mend: %s", async (method, url, body, detail) => {
  await using app = await openApp();

  const answer = await app.ask(method, url, { body });

  expect(answer.json<{ detail: string }>().detail).toMatch(/^the (?:body|query) is not right: /);
  expect(answer.json<{ detail: string }>().detail).toContain(`: ${detail}`);
});

test.each([
  ["/v1/batch", "if-match", { operations: [{ op: "put", path: "base/svc/a", value: 1 }] }],
  ["/v1/batch", "if-none-match", { operations: [{ op: "put", path: "base/svc/a", value: 1 }] }],
  ["/v1/rollback", "if-match", { env: "base", service: "svc", toRevision: 1 }],
])("LAW-04 %s cannot honour %s for several keys, and says so", async (url, name, body) => {
  await using app = await openApp();

  const answer = await app.ask("POST", url, { body, headers: { [name]: "*" } });

  expect(answer.json()).toMatchObject({ status: 400, reason: "INVALID_ARGUMENT" });
});

test.each([
  [{ env: "base", service: "svc", key: "a", prefix: "b", toRevision: 1 }],
  [{ env: "base", service: "svc", key: "a", toVersion: 1, toRevision: 1 }],
  [{ env: "base", service: "svc", toVersion: 1 }],
  [{ env: "base", service: "svc" }],
])("a rollback that contradicts itself is refused: %j", async (body) => {
  await using app = await openApp();

  const answer = await app.ask("POST", "/v1/rollback", { body });

  expect(answer.json()).toMatchObject({ status: 400, reason: "INVALID_ARGUMENT" });
});

test("a part of a batch that is not built says so, and nothing of it is written", async () => {
  await using app = await openApp();
  const operations = [
    { op: "put", path: "base/svc/a", value: 1 },
    { op: "move", path: "base/svc/b", to: "base/svc/c" },
  ];

  const answer = await app.ask("POST", "/v1/batch", { body: { operations } });

  expect(answer.json()).toMatchObject({ status: 501, reason: "NOT_IMPLEMENTED" });
  expect(answer.headers["config-revision"]).toBe("2");
});

test.each([
  ["POST", "/ofrep/v1/evaluate/flags"],
  ["POST", "/ofrep/v1/evaluate/flags/a-flag"],
  ["GET", "/ofrep/v1/events"],
  ["GET", "/spring/ml-service/production"],
  ["GET", "/spring/ml-service/production/main"],
  ["GET", "/spring/ml-service-production.yml"],
  ["GET", "/mcp"],
  ["POST", "/mcp"],
  ["GET", "/.well-known/oauth-protected-resource"],
  ["GET", "/v1/changes"],
  ["HEAD", "/v1/changes"],
] as const)("%s %s is specified and not built: 501", async (method, url) => {
  await using app = await openApp();

  const answer = await app.ask(method, url);

  expect(answer.statusCode).toBe(501);
});

test("API-07 a document and an object have forms of their own, a number has no properties", async () => {
  await using app = await openApp();
  const scaling = "/v1/configs/production/ml-service/inference/scaling.yaml";
  const read = (url: string, accept: string) => app.ask("GET", url, { headers: { accept } });

  const document = await read(scaling, "application/yaml");
  const text = await read(scaling, "text/plain");
  const yaml = await read(MODEL, "application/yaml");
  const properties = await read(MODEL, "text/x-java-properties");
  const json = await read(MODEL, "text/plain");
  const number = await read(
    MODEL.replace("model.config", "timeout-seconds"),
    "text/x-java-properties",
  );
  const image = await read(MODEL, "image/png");

  expect(document.body).toBe("minReplicas: 3\nmaxReplicas: 12\ntargetCpu: 60\n");
  expect(text.body).toBe(document.body);
  expect(yaml.body).toBe("provider: demo\nmodel: small-2\ntemperature: 0.2\n");
  expect(yaml.headers["content-type"]).toBe("application/yaml; charset=utf-8");
  expect(properties.body).toBe("provider=demo\nmodel=small-2\ntemperature=0.2\n");
  expect(json.body).toBe('{"provider":"demo","model":"small-2","temperature":0.2}');
  const tags = [document, yaml, properties, json].map(({ headers }) => String(headers["etag"]));
  expect(tags.map((tag) => tag.slice(-3))).toEqual(['.y"', '.y"', '.p"', '.t"']);
  expect([number.statusCode, image.statusCode]).toEqual([406, 406]);
  expect(image.json()).toMatchObject({ reason: "NOT_ACCEPTABLE" });
});

test("API-07 a bundle is sent as a file of its values, unless something would be missing in it", async () => {
  await using app = await openApp();
  const read = (service: string, accept: string, query = "") =>
    app.ask("GET", `/v1/bundles/production/${service}${query}`, { headers: { accept } });

  const dotenv = await read("data-pipeline", "text/x-dotenv");
  const yaml = await read("data-pipeline", "application/yaml", "?shape=nested&prefix=kafka");
  const secret = await read("ml-service", "text/x-dotenv");
  const revealed = await read("ml-service", "application/yaml", "?reveal=true&shape=nested");

  expect(dotenv.body).toMatch(/^KAFKA_CONFIG='\{"brokers":\["localhost:9092"\]\}'\nSPARK_YAML='/);
  expect(yaml.body).toBe('kafka.config:\n  brokers:\n    - "localhost:9092"\n');
  expect(secret.json()).toMatchObject({ status: 400, reason: "REVEAL_REQUIRED" });
  expect(revealed.body).toMatch(/\n {2}secrets:\n {4}api-key: demo-[0-9a-f]{64}\n/);
  expect(revealed.headers["cache-control"]).toBe("no-store");
});

test("a bundle says more with meta, and its tag with it", async () => {
  await using app = await openApp();

  const plain = await app.ask("GET", "/v1/bundles/staging/api-gateway");
  const meta = await app.ask("GET", "/v1/bundles/staging/api-gateway?meta=true");
  await app.ask("POST", "/v1/configs/base/api-gateway/rate-limits.json", {
    body: { value: { perMinute: 600 } },
  });
  const plainAfter = await app.ask("GET", "/v1/bundles/staging/api-gateway");
  const metaAfter = await app.ask("GET", "/v1/bundles/staging/api-gateway?meta=true");

  expect(meta.json<{ meta: object }>().meta).toMatchObject({
    "rate-limits.json": {
      version: 1,
      revision: 2,
      layer: "base",
      type: "object",
      sensitive: false,
      restartRequired: false,
      updatedBy: "system:dev",
    },
  });
  expect(plainAfter.headers["etag"]).toBe(plain.headers["etag"]);
  expect(metaAfter.headers["etag"]).not.toBe(meta.headers["etag"]);
});

test("API-24 HEAD is GET without a body", async () => {
  await using app = await openApp();

  const get = await app.ask("GET", DB_URL);
  const head = await app.ask("HEAD", DB_URL);

  expect([head.statusCode, head.body]).toEqual([200, ""]);
  expect(head.headers["etag"]).toBe(get.headers["etag"]);
});

test("a tree has a prefix, folders and items, in this order", async () => {
  await using app = await openApp();

  const answer = await app.ask("GET", "/v1/configs/staging/ml-service?view=tree&values=false");

  const body = answer.json<{ items: { key: string; value: unknown }[]; folders: object[] }>();
  expect(Object.keys(body)).toEqual(["prefix", "folders", "items", "nextCursor"]);
  expect(body.folders).toEqual([
    { name: "inference", keys: 2 },
    { name: "monitoring", keys: 2 },
    { name: "training", keys: 2 },
  ]);
  expect(body.items).toMatchObject([{ key: "db-url", value: null, redacted: false }]);
});

test("a mask hides what is inherited, and DELETE takes the mask away", async () => {
  await using app = await openApp();
  const url = "/v1/configs/staging/ml-service/db-url";

  const masked = await app.ask("DELETE", `${url}?mask=true`);
  const hidden = await app.ask("GET", url);
  const layers = await app.ask("GET", `${DB_URL}?layers=true`);
  const again = await app.ask("DELETE", `${url}?mask=true`);
  const removed = await app.ask("DELETE", url);

  expect(masked.json()).toMatchObject({
    version: 1,
    masked: true,
    deleted: false,
    created: false,
    nowInherits: null,
    etag: null,
    effects: [{ env: "staging", change: "delete" }],
  });
  expect(hidden.statusCode).toBe(404);
  expect(hidden.json()).toMatchObject({
    reason: "KEY_NOT_FOUND",
    hint: "staging hides it by a mask (v1): roll back or write it there to have it again",
  });
  expect(layers.json<{ layers: { state: string }[] }>().layers.map(({ state }) => state)).toEqual([
    "absent",
    "shadowed",
    "absent",
    "mask",
    "winner",
  ]);
  expect(again.json()).toMatchObject({ unchanged: true, version: 1 });
  expect(removed.json()).toMatchObject({
    deleted: true,
    nowInherits: { layer: "base", version: 1 },
  });
});

test("an unknown channel is refused, a known one is kept", async () => {
  await using app = await openApp();
  const ask = (via: string) =>
    app.ask("POST", DB_URL, { body: { value: "x" }, headers: { "config-via": via } });

  const unknown = await ask("system");
  const known = await ask("cli");
  const read = await app.ask("GET", DB_URL);

  expect(unknown.statusCode).toBe(400);
  expect(known.statusCode).toBe(201);
  expect(read.json()).toMatchObject({ origin: { via: "cli" } });
});

test("X23 a value above 1 MiB is refused", async () => {
  await using app = await openApp();

  const answer = await app.ask("POST", DB_URL, { body: { value: "x".repeat(1_048_577) } });

  expect(answer.json()).toMatchObject({ status: 413, reason: "VALUE_TOO_LARGE", limit: 1_048_576 });
});

test("what a plain read depends on is known, so that its answer may be kept", async () => {
  await using app = await openApp();
  await app.ask("POST", "/v1/configs/production/ml-service/link", {
    body: { value: "${ref:db-url}" },
  });

  const plain = await app.ask("GET", "/v1/configs/production/ml-service/link");
  const past = await app.ask("GET", "/v1/configs/production/ml-service/link?at=3");

  expect(plain.headers["cache-status"]).toBe("l1; fwd=miss; stored");
  expect(past.headers["cache-status"]).toBe("l1; fwd=request");
});

test("environments are listed parents first, by canonical name, and each has a tag", async () => {
  await using app = await openApp();

  const list = await app.ask("GET", "/v1/environments");
  const graph = await app.ask("GET", "/v1/environments/graph");
  const one = await app.ask("GET", "/v1/environments/prod");
  const known = await app.ask("GET", "/v1/environments/production", {
    headers: { "if-none-match": String(one.headers["etag"]) },
  });
  const missing = await app.ask("GET", "/v1/environments/prodction");
  const denied = await app.ask("GET", "/v1/environments", { as: ["editor@base/**"] });

  const production = {
    name: "production",
    aliases: ["prod"],
    inherits: "staging",
    protected: true,
    description: null,
  };
  expect(list.json<{ items: { name: string }[] }>().items.map(({ name }) => name)).toEqual([
    "base",
    "development",
    "staging",
    "production",
  ]);
  expect(graph.json<{ edges: object[] }>().edges).toEqual([
    { from: "base", to: "development" },
    { from: "development", to: "staging" },
    { from: "staging", to: "production" },
  ]);
  expect(one.json()).toEqual(production);
  expect(known.statusCode).toBe(304);
  expect(missing.json()).toMatchObject({ reason: "ENV_NOT_FOUND", suggestions: ["production"] });
  expect(denied.statusCode).toBe(403);
});

test("services are listed with the environments that hold something of them", async () => {
  await using app = await openApp();
  await app.ask("POST", "/v1/configs/staging/new/a?confirm=true", { body: { value: 1 } });

  const all = await app.ask("GET", "/v1/services?limit=2");
  const next = all.json<{ nextCursor: string }>().nextCursor;
  const rest = await app.ask("GET", `/v1/services?limit=2&cursor=${next}`);
  const base = await app.ask("GET", "/v1/services?env=base");
  const mine = await app.ask("GET", "/v1/services", { as: ["viewer@production/new/**"] });

  const names = (answer: typeof all) =>
    answer.json<{ items: { name: string }[] }>().items.map(({ name }) => name);
  expect([names(all), names(rest)]).toEqual([
    ["api-gateway", "data-pipeline"],
    ["ml-service", "new"],
  ]);
  expect(names(base)).toEqual(["api-gateway", "data-pipeline", "ml-service"]);
  expect(mine.json()).toMatchObject({
    items: [{ name: "new", environments: ["production"] }],
    nextCursor: null,
  });
});

test("the OpenAPI document describes every route of configuration", async () => {
  await using app = await openApp();

  const document = app.fastify.swagger() as { paths: Record<string, object> };

  for (const path of [
    "/v1/configs/{env}/{service}/{key}",
    "/v1/configs/{env}/{service}",
    "/v1/bundles/{env}/{service}",
    "/v1/effective/{env}/{service}/{key}",
    "/v1/batch",
    "/v1/rollback",
  ]) {
    expect(Object.keys(document.paths)).toContain(path);
  }
});

function bodyFor(method: Method) {
  return method === "POST" || method === "PUT" ? { body: { value: "x" } } : {};
}

test.each([
  ["application/json; charset=latin1", 415],
  ['application/json; charset="UTF-16"', 415],
  ["application/json; charset=UTF-8", 200],
  ["application/json", 200],
])("a body said to be %s is answered with %i", async (type, status) => {
  await using app = await openApp();

  const answer = await app.ask("PUT", "/v1/configs/production/ml-service/a?confirm=true", {
    body: { value: "ü" },
    headers: { "content-type": type },
  });

  expect([200, 201].includes(answer.statusCode) ? 200 : answer.statusCode).toBe(status);
});
